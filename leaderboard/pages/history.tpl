{{! How the numbers of each defence moved, group by group. }}
<section id="{{id}}/history"><h2>How the numbers moved</h2>
{{#items}}
{{#several}}<h3>{{distiller}} <span class="sub">on {{dataset}}, {{teacher_network}} → {{student_network}}</span> <span class="tag">{{track_text}}</span></h3>{{/several}}
{{>moments}}
{{/items}}
</section>
