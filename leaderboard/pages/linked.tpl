{{! A number that leads to the cells it is over, or a dash with its reason. }}
{{#text}}<a href="{{href}}">{{text}}</a>{{#note}} <span class="ci">{{note}}</span>{{/note}}{{/text}}{{#missing}}<span class="null" title="{{missing}}"><span aria-hidden="true">–</span><span class="vh">missing: {{missing}}</span></span>{{/missing}}
