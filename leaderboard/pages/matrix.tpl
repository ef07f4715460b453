{{! matrices/<file>.html: for each group of comparable cells the answer, standings, heat map and chart; then all cells. }}
<section id="{{id}}" data-matrix="{{id}}"><h1>{{name}}</h1>
{{#demonstration}}
<p class="banner"><strong>Demonstration.</strong> These runs are too small to conclude anything from: they show what the leaderboard looks like.</p>
{{/demonstration}}
{{#changed}}
<p class="banner bad"><strong>Changed code</strong> behind {{what}}: <a href="{{address}}">what changed</a>.</p>
{{/changed}}
<p class="facts">{{cells}}: {{states}}{{#absent}}, {{absent}} of those planned without a valid score{{/absent}}{{#left_out}}, <a href="#{{id}}/left_out">{{count}} left out</a>{{/left_out}} · {{datasets}} · {{attacks}} · {{defenses}} · computed until {{day}}</p>
<noscript><p class="facts">Without JavaScript: the default view only, complete{{#too_many}}{{#cell_pages}}, with the cells on pages of their own{{/cell_pages}}{{#no_cell_pages}} but for the table of cells{{/no_cell_pages}}{{/too_many}}.</p></noscript>
<div data-app="filters"></div>
<div data-default="standings">
{{#contents}}
<nav aria-label="Groups">{{#folded}}<details class="further"><summary>{{folded}}, each ranked for itself</summary>{{/folded}}<ul class="contents">
{{#items}}<li><a href="{{address}}">{{distiller}} on {{dataset}}, {{teacher_network}} → {{student_network}}</a> <span class="tag">{{track_text}}</span></li>
{{/items}}
</ul>{{#folded}}</details>{{/folded}}</nav>
{{/contents}}
{{#groups}}
<section data-group data-dataset="{{dataset}}" data-teacher-network="{{teacher_network}}" data-student-network="{{student_network}}" data-distiller="{{distiller}}" data-track="{{track}}" id="{{anchor}}"><h2>{{distiller}} <span class="sub">on {{dataset}}, {{teacher_network}} → {{student_network}}</span> <span class="tag">{{track_text}}</span>{{#side_information}} <span class="tag">{{side_information}}</span>{{/side_information}}</h2>
{{>headline}}
{{#not_transferred}}<p class="facts">In no mean ASR, because the ASR of none of their cells counts (the heat map says why): {{not_transferred}}.</p>{{/not_transferred}}
{{>standings}}
<div class="pair">
{{>heatmap}}
<div>
{{#pareto_svg}}
<figure>{{pareto_svg}}<figcaption>Large marks are the means of the table, small ones are cells, those too whose ASR is in no mean. Top left is best; the line joins what no other defence beats in both; in brackets: collapsed, or over other cells, and so not on the line.</figcaption></figure>
{{/pareto_svg}}
{{#means_svg}}
<figure>{{means_svg}}<figcaption>Mean ASR with its 95 % interval. The vertical line is the undefended student.</figcaption></figure>
{{/means_svg}}
</div>
</div>
</section>
{{/groups}}
</div>
{{#about}}
<section id="{{id}}/about"><h2>About these runs</h2>
{{#summary}}<p>{{summary}}</p>{{/summary}}
{{#changed}}
{{#items}}<p class="banner bad"><strong>Changed code.</strong> {{text}}.</p>
{{/items}}
{{/changed}}
{{#twins}}<p class="banner"><strong>Twins</strong>: {{twins}}.</p>
{{/twins}}
{{#costs}}
{{>costs}}
{{/costs}}
</section>
{{/about}}
{{#history}}
{{>history}}
{{/history}}
<section id="{{id}}/cells"><h2>All cells</h2>
<div data-default="cells">
{{#too_many}}
{{#cell_pages}}
<p>{{too_many}} with a score, without JavaScript on pages of their own. Every number is in <a href="{{root}}scores.csv">scores.csv</a>, too.</p>
{{>cell_pages}}
{{/cell_pages}}
{{#no_cell_pages}}
<p>{{too_many}} with a score: more than pages without JavaScript can show. Every number is in <a href="{{root}}scores.csv">scores.csv</a>.</p>
{{/no_cell_pages}}
{{/too_many}}
{{#rows}}
{{>cells}}
{{/rows}}
{{#unlisted}}<p class="facts">{{unlisted}} without a score: counted here, not listed.</p>{{/unlisted}}
</div>
{{#flag_meanings}}
{{>flags}}
{{/flag_meanings}}
</section>
{{#detectors}}
{{>detectors}}
{{/detectors}}
{{#reactivation}}
{{>reactivation}}
{{/reactivation}}
{{#failures}}
<section id="{{id}}/failures"><h2>What did not end in a number</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Failures and exclusions"><table><thead><tr><th scope="col">Status</th><th scope="col">Cells</th><th scope="col">Reason</th><th scope="col">Attacks</th><th scope="col">Defences</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row">{{status}}</th><td class="n">{{count}}</td><td>{{reason}}</td><td>{{attacks}}</td><td>{{defenses}}</td></tr>
{{/items}}
</tbody></table></div>
</section>
{{/failures}}
{{#left_out}}
<section id="{{id}}/left_out"><h2>Left out</h2>
{{>left_out}}
</section>
{{/left_out}}
<section id="{{id}}/data"><h2>Data</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Where the data comes from"><table><thead><tr><th scope="col">Data set</th><th scope="col">Provenance</th><th scope="col">Fingerprint (SHA-256 of decoded images and labels)</th></tr></thead><tbody>
{{#data}}
<tr><th scope="row"><a href="{{page}}">{{dataset}}</a></th><td>{{#published}}{{#equal}}equal to the published data{{/equal}}{{#no_equal}}differs from the published data{{/no_equal}}{{/published}}{{#no_published}}no published fingerprint{{/no_published}}</td><td><code>{{fingerprint}}</code></td></tr>
{{/data}}
</tbody></table></div>
{{#file}}<p>The matrix file that was run: <a href="{{file}}" download>{{file}}</a>. All of it again: <code>dfkd run {{file}}</code>.</p>{{/file}}
{{#no_file}}<p>The matrix file was not published with these scores.</p>{{/no_file}}
</section>
</section>
