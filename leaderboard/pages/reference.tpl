{{! reference/<name>.html: a paper's printed numbers beside our reruns. }}
<nav aria-label="Breadcrumb"><a href="{{root}}index.html">Leaderboard</a></nav>
<header class="top"><h1>{{paper}}</h1>
<p class="lede">{{authors}} ({{year}}). <code>{{url}}</code></p>
<p>{{summary}}</p></header>
<p>Printed numbers are the paper's. Reruns are ours, by this program, and listed with what makes them another experiment.</p>
<dl class="facts-list">
{{#sources}}<dt>{{tag}}</dt><dd>{{where}}</dd>{{/sources}}
</dl>
{{#no_reruns}}<p class="facts">None of these cells was rerun yet.</p>{{/no_reruns}}
{{#reruns}}
<section><h2>Rerun: {{matrix}} <span class="tag">{{preset}}</span></h2>
<p class="facts">{{found}} of {{printed}} printed numbers were rerun.</p>
{{#tables}}
{{>paper_table}}
{{/tables}}
</section>
{{/reruns}}
<section><h2>All printed numbers</h2>
{{#tables}}
{{>paper_table}}
{{/tables}}
</section>
