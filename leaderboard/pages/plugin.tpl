{{! attacks/<name>.html and the like: one plugin, what it is, and how it did. }}
<h1>{{name}} <span class="sub">{{kind}}</span>{{#control}} <span class="tag">control</span>{{/control}}{{#attack_aware}} <span class="tag">attack-aware</span>{{/attack_aware}}{{#adapts_to}} <span class="tag">adapts to {{adapts_to}}</span>{{/adapts_to}}</h1>
{{#summary}}<p class="lede">{{summary}}</p>{{/summary}}
{{#unknown}}<p class="banner">The program that wrote this site does not have this plugin: nothing is known of it but its scores.</p>{{/unknown}}
<dl class="facts-list">
{{#family}}<dt>Kind</dt><dd>{{family}}</dd>{{/family}}
{{#access}}<dt>Needs</dt><dd>{{access}}</dd>{{/access}}
{{#revision}}<dt>Revision</dt><dd>{{revision}}</dd>{{/revision}}
{{#paper}}<dt>Paper</dt><dd><a href="{{paper}}">{{paper_text}}</a>{{#paper_by}}, {{paper_by}}{{/paper_by}}</dd>{{/paper}}
{{#code}}<dt>Code</dt><dd><code>{{code}}</code> in the repository</dd>{{/code}}
</dl>
{{#bibtex}}<details><summary>BibTeX</summary><pre tabindex="0"><code>{{bibtex}}</code></pre></details>{{/bibtex}}
{{#pictures}}
<section><h2>What it looks like</h2>
{{#items}}
<h3>{{entry}} on {{dataset}} <span class="sub">{{matrix}}</span></h3>
<div class="pictures">
{{#images}}
<figure><img src="{{src}}" alt="{{alt}}" loading="lazy"><figcaption>{{caption}}</figcaption></figure>
{{/images}}
</div>
{{/items}}
</section>
{{/pictures}}
{{#results}}
<section><h2>How it did</h2>
{{#items}}
<h3><a href="{{address}}">{{matrix}}: {{distiller}} on {{dataset}}</a> <span class="sub">{{teacher_network}} → {{student_network}}</span>{{#demonstration}} <span class="tag">demonstration</span>{{/demonstration}}</h3>
{{#sentence}}{{>headline}}{{/sentence}}
{{#standing}}
<dl class="facts-list">
<dt>Entry</dt><dd>{{entry}}</dd>
<dt>Rank</dt><dd>{{#rank}}{{>number}}{{/rank}}</dd>
<dt>Rank on a further attack</dt><dd>{{#unseen}}{{>number}}{{/unseen}}</dd>
<dt>Chance to be best %</dt><dd>{{#chance}}{{>number}}{{/chance}}</dd>
<dt>Mean ASR %</dt><dd>{{#asr}}{{>number}}{{/asr}}</dd>
<dt>Worst attack, ASR %</dt><dd>{{#worst}}{{>number}}{{/worst}}</dd>
<dt>Transfer ratio %</dt><dd>{{#transfer}}{{>number}}{{/transfer}}</dd>
<dt>ASR above the floor, points</dt><dd>{{#above_floor}}{{>number}}{{/above_floor}}</dd>
<dt>ACC %</dt><dd>{{#acc}}{{>number}}{{/acc}}</dd>
<dt>Time</dt><dd>{{#cost}}{{>number}}{{/cost}}</dd>
<dt>On the front of ACC, ASR, cost</dt><dd>{{#front}}{{>number}}{{/front}}</dd>
<dt>Verified</dt><dd>{{#verified}}{{>number}}{{/verified}}</dd>
<dt>Proven better than</dt><dd>{{#beats}}{{beats}}{{/beats}}{{#no_beats}}nobody{{/no_beats}}</dd>
<dt>Proven worse than</dt><dd>{{#beaten}}{{beaten}}{{/beaten}}{{#no_beaten}}nobody{{/no_beaten}}</dd>
</dl>
{{/standing}}
{{#moments}}
{{>moments}}
{{/moments}}
{{#against}}
<div class="scroll" tabindex="0" role="region" aria-label="Defences against {{entry}} in {{matrix}}, with {{distiller}} on {{dataset}}, {{teacher_network}} to {{student_network}}, {{track_text}}"><table><caption>{{entry}}: {{teachers}}. Means over the cells that count, teachers weighing alike, ± the standard deviation of the cells; where none counts, over all that ended, which are in no mean elsewhere. The cells of two defences may differ, so this order is no ranking: that is in the standings.</caption><thead><tr><th scope="col">Defence</th><th scope="col">ASR %</th><th scope="col">ACC %</th><th scope="col">Cells that count</th></tr></thead><tbody>
{{#rows}}
<tr><th scope="row"><a href="{{page}}">{{defense}}</a></th><td class="n">{{#asr}}{{>number}}{{/asr}}</td><td class="n">{{#acc}}{{>number}}{{/acc}}</td><td class="n">{{cells}}{{#why}} <span class="tag">{{why}}</span>{{/why}}</td></tr>
{{/rows}}
</tbody></table></div>
{{/against}}
<p><a href="{{cells_address}}">Its cells</a></p>
{{/items}}
</section>
{{/results}}
{{#no_results}}<p>No result yet.</p>{{/no_results}}
{{#options}}
<section><h2>Options</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Options"><table><thead><tr><th scope="col">Option</th><th scope="col">Default</th><th scope="col">Allowed</th><th scope="col">What it does</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row"><code>{{name}}</code></th><td><code>{{default}}</code></td><td>{{allowed}}</td><td>{{doc}}</td></tr>
{{/items}}
</tbody></table></div>
</section>
{{/options}}
