{{! index.html: what a reader wants to know first, first. }}
<h1>dfkd-bench leaderboard</h1>
<p class="lede">If the teacher was backdoored, does the student inherit it when it is distilled without data, and which defence stops that at what price?</p>
{{#matrices}}
<section class="answers" aria-label="{{name}}"><h2><a href="{{page}}">{{name}}</a>{{#demonstration}} <span class="tag">demonstration</span>{{/demonstration}}</h2>
{{#demonstration}}<p class="facts">Too small to conclude anything from: it shows what the leaderboard looks like.</p>{{/demonstration}}
{{#groups}}
<h3><a href="{{address}}">{{distiller}} on {{dataset}}</a> <span class="sub whole">{{teacher_network}} → {{student_network}}</span> <span class="tag">{{track_text}}</span>{{#side_information}} <span class="tag">{{side_information}}</span>{{/side_information}}</h3>
{{#answer}}
{{>answer}}
<details class="further"><summary>All of it{{#so_far}}, over {{shared}} of {{planned}} planned cells{{/so_far}}</summary>
{{>headline}}
<p class="facts">Rests on {{rests_on}}.</p>
</details>
{{/answer}}
{{#no_answer}}
{{>headline}}
<p class="facts">Rests on {{rests_on}}.</p>
{{/no_answer}}
{{/groups}}
<p class="facts">{{cells}}: {{states}}{{#absent}}, {{absent}} of those planned without a valid score{{/absent}} · computed until {{day}} · <a href="{{page}}">standings, heat maps and all cells</a></p>
</section>
{{/matrices}}
{{#left_out}}
<section id="left_out"><h2>Left out</h2>
{{>left_out}}
</section>
{{/left_out}}
{{#papers}}
<section><h2>Papers beside reruns</h2><ul class="contents">
{{#items}}
<li><a href="{{page}}">{{title}} ({{year}})</a></li>
{{/items}}
</ul></section>
{{/papers}}
<section><h2>Who takes part</h2>
{{#kinds}}
<h3>{{kind}}</h3><ul class="contents">
{{#plugins}}<li><a href="{{page}}">{{name}}</a></li>
{{/plugins}}
</ul>
{{#waiting}}
<p class="facts">No result yet:</p><ul class="contents">
{{#items}}<li><a href="{{page}}">{{name}}</a></li>
{{/items}}
</ul>
{{/waiting}}
{{/kinds}}
</section>
{{>glossary}}
