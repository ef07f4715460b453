{{! One matrix on the index: for each group of comparable cells standings, heat map and chart; then all cells. }}
<section id="m{{number}}"><h2>{{name}}</h2>
{{#summary}}<p>{{summary}}</p>{{/summary}}
{{#demonstration}}
<p class="banner"><strong>Demonstration.</strong> These runs are too small to conclude anything from: they show what the leaderboard looks like.</p>
{{/demonstration}}
{{#changed}}
{{#items}}<p class="banner bad"><strong>Changed code.</strong> {{text}}.</p>
{{/items}}
{{/changed}}
<p class="facts">{{cells}}: {{states}} · {{datasets}} · {{attacks}} · {{defenses}}</p>
{{#groups}}
<h3>{{distiller}} <span class="sub">on {{dataset}}, {{teacher_network}} → {{student_network}}</span> <span class="tag">{{track}}</span></h3>
{{>standings}}
<div class="pair">
{{>heatmap}}
{{#pareto_svg}}
<figure>{{pareto_svg}}<figcaption>Large marks are the means of the table, small ones are cells. Top left is best; the line joins what no other defence beats in both.</figcaption></figure>
{{/pareto_svg}}
</div>
{{/groups}}
{{>cells}}
<h3>Data</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Where the data comes from"><table><thead><tr><th scope="col">Data set</th><th scope="col">Provenance</th><th scope="col">Fingerprint (SHA-256 of decoded images and labels)</th></tr></thead><tbody>
{{#data}}
<tr><th scope="row">{{dataset}}</th><td>{{#published}}{{#equal}}equal to the published data{{/equal}}{{#no_equal}}differs from the published data{{/no_equal}}{{/published}}{{#no_published}}no published fingerprint{{/no_published}}</td><td><code>{{fingerprint}}</code></td></tr>
{{/data}}
</tbody></table></div>
</section>
