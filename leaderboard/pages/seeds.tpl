{{! The cells behind a mean over seeds. }}
{{#seeds}}<span class="seeds">seeds{{#items}} <a href="{{page}}"><span class="vh">seeds </span>{{pair}}</a>{{/items}}</span>{{/seeds}}
