{{! index.html: what a reader wants to know first, first. }}
<header class="top"><h1>dfkd-bench leaderboard</h1>
<p class="lede">If the teacher was backdoored, does the student inherit it when it is distilled without data, and which defence stops that at what price?</p>
<p class="downloads">Download: <a href="scores.csv" download>scores.csv</a> · <a href="standings.json" download>standings.json</a> · <a href="data.json" download>data.json</a></p></header>
{{#contents}}
<nav aria-label="Matrices"><ul class="contents">
{{#items}}
<li><a href="#m{{number}}">{{name}}</a></li>
{{/items}}
</ul></nav>
{{/contents}}
{{#papers}}
<nav aria-label="Papers"><p class="facts">Printed in papers, and rerun:</p><ul class="contents">
{{#items}}
<li><a href="{{page}}">{{title}} ({{year}})</a></li>
{{/items}}
</ul></nav>
{{/papers}}
{{>glossary}}
{{#matrices}}
{{>matrix}}
{{/matrices}}
