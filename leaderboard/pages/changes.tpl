{{! changes.html: what is new since an earlier site. }}
<h1>Changes</h1>
<p class="lede">What moved since the site before. Also as <a href="changes.atom">Atom</a> and <a href="changes.json">JSON feed</a>.</p>
{{#no_entries}}<p>No change is recorded yet.</p>{{/no_entries}}
{{#entries}}
<section><h2>{{day}} <span class="sub">{{title}}</span></h2>
<ul>
{{#lines}}<li>{{text}}</li>
{{/lines}}
</ul>
</section>
{{/entries}}
