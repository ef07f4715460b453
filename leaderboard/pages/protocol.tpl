{{! protocol.html: what a number means, and what was run. }}
<h1>Protocol</h1>
<p class="lede">What a number on these pages means, and what was run to get it. The tables are made from the scores.</p>
{{#matrices}}
<section><h2><a href="{{page}}">{{name}}</a>{{#demonstration}} <span class="tag">demonstration</span>{{/demonstration}}</h2>
<dl class="facts-list">
{{#facts}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/facts}}
</dl>
<h3>Entries</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Entries of {{name}} and their options"><table><thead><tr><th scope="col">Entry</th><th scope="col">Kind</th><th scope="col">Plugin</th><th scope="col">Revision</th><th scope="col">Options of the first of its cells</th></tr></thead><tbody>
{{#entries}}
<tr><th scope="row">{{id}}</th><td>{{kind}}</td><td><a href="{{page}}">{{plugin}}</a>{{#attack_aware}} <span class="tag">attack-aware</span>{{/attack_aware}}</td><td class="n">{{revision}}</td><td><code>{{options}}</code></td></tr>
{{/entries}}
</tbody></table></div>
</section>
{{/matrices}}
<section><h2>Measures</h2>
<dl class="facts-list">
<dt>ACC</dt><dd>share of the clean test images that the student classifies correctly</dd>
<dt>ASR</dt><dd>share of triggered test images that are classified as the attack's target; images of the target class are left out</dd>
<dt>RA</dt><dd>share of the same triggered images that are classified as their true label</dd>
<dt>Floor</dt><dd>ASR of the same trigger on the student of the clean teacher: what is below it is no backdoor</dd>
<dt>DER</dt><dd>[max(0, drop of ASR) − max(0, drop of ACC) + 1] / 2 against the undefended student</dd>
<dt>Time</dt><dd>seconds of processors, or of the device where that is a GPU, for what the defender runs</dd>
</dl>
<p>A student is the network after the last round, never the best epoch. Nothing that trains or selects sees test data, trigger or target.</p>
</section>
<section><h2>Statistics</h2>
<p>Attacks are fixed and weigh alike; teacher seeds are a sample, and all cells of one are a cluster. Intervals are 95 %, Student's over teacher seeds; where a mean ASR is under 10 %, most of it from a few teachers, or in the same way over 90 %, they cover {{near_the_ends}} % of true means instead of 95. Two defences are compared over the cells that both finished, by paired differences; the p-values of all pairs of a table are adjusted by Holm. Ranks are by the mean ASR over attacks, because intervals and tests are of means; the worst attack stands beside it and ranks nobody. Who cannot be told apart from the first of a group shares its rank. With fewer than three teacher seeds there is no interval and no rank. A planned cell without a score is a cell that is not finished.</p>
</section>
<section><h2>Verified</h2>
<p>How far others have gone after the results of a row. The lowest of its cells decides. A dash: its scores, or some of them, were never submitted. Results that the repository keeps (<code>leaderboard/results</code>) are <span class="tag">live</span>; what was computed here for a number that a paper prints is its <span class="tag">rerun</span>, and stands beside it on the page of the paper.</p>
<dl class="facts-list">
<dt>L0</dt><dd>one result is somebody's word: a score file was sent</dd>
<dt>L1</dt><dd>all were made here, from the artifacts of a store</dd>
<dt>L2</dt><dd>that, and one was computed once more with the same outcome</dd>
<dt>L3</dt><dd>all were computed once more</dd>
<dt>L4</dt><dd>all were computed once more by others on their machine</dd>
</dl>
</section>
<section><h2>Flags</h2>
<p>An ASR is in means only where there was something to defend against. In heat maps the cells with a flag are hatched.</p>
<p>Cells with <span class="tag">high_floor</span>, <span class="tag">obvious_trigger</span>, <span class="tag">attack_aware</span> or <span class="tag">no_floor</span> stay in means: the attack works and reaches the undefended student, so there is something to defend against, and the flag says how to read the number, not that there is none. To leave them out would compare defences over fewer cells, chosen by how the attack or the settings were found to be; whoever wants such means has them by the filter “Leave out flags” on the page of a matrix. A student with <span class="tag">utility_collapse</span> stays in the means of its defence as well, which has no rank for it.</p>
<dl class="facts-list">
{{#flags}}<dt><span class="tag">{{flag}}</span></dt><dd>{{meaning}}{{#excluded}} Such cells are in no mean of ASR.{{/excluded}} <span class="ci">{{cells}}</span></dd>
{{/flags}}
</dl>
</section>
