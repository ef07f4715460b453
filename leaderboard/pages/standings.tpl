{{! The defences of a group by their mean ASR over the attacks. }}
{{#rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Standings of defences with {{distiller}} on {{dataset}}, {{teacher_network}} to {{student_network}}, {{track_text}}"><table class="standings" id="{{id}}"><caption>Defences by their mean ASR, not by their worst attack, which stands beside it, over {{shared}} of {{planned}} attacked cells; who did not finish all of these is ranked apart, in brackets, over those that it finished; who finished less than nine tenths, or collapsed in one, has no rank, and a planned cell without a score is not finished. Mean ASR and DER are {{#transferred}}over the {{transferred}} in which the undefended student carries the backdoor{{/transferred}}{{#no_transferred}}missing: in none of these does the undefended student carry the backdoor{{/no_transferred}}, attacks weighing alike; a DER over fewer of them, which the undefended student finished too, says over how many, and so do the rows for reference. Ranges are 95 % intervals over teacher seeds; behind a rank, the ranks that are possible. Who cannot be told from the first of a group shares its rank; the chance is that of the lowest mean ASR of those with a rank.{{#near_the_ends}} Where a mean ASR is under 10 % or over 90 %, such an interval covers {{near_the_ends}} % instead of 95.{{/near_the_ends}} Verified: from L0, somebody's word, to L4, all computed again by others; live is what the repository keeps.{{#thin}} Left out, because of fewer than 3 teacher seeds: {{thin}}.{{/thin}} {{certainty}}</caption>
<thead><tr><th scope="col">Rank</th><th scope="col">Defence</th><th scope="col">ASR %, mean</th><th scope="col">ASR %, worst attack</th><th scope="col">ACC %</th><th scope="col">ACC lost, points</th><th scope="col">DER %</th><th scope="col">Best, chance %</th><th scope="col">Time a cell, processor or device</th><th scope="col">Time, relative</th><th scope="col">Finished</th><th scope="col">Verified</th><th scope="col">Computed</th></tr></thead><tbody>
{{#items}}
<tr id="{{anchor}}"{{#first}} class="first"{{/first}}><td class="n">{{#rank}}{{>quiet}}{{/rank}}</td>
<th scope="row">{{#page}}<a href="{{page}}">{{defense}}</a>{{/page}}{{#no_page}}<bdi>{{defense}}</bdi>{{/no_page}}{{#control}} <span class="tag">control</span>{{/control}}{{#reference}} <span class="tag">reference</span>{{/reference}}{{#attack_aware}} <span class="tag">attack-aware</span>{{/attack_aware}}{{#collapsed}} <span class="tag">no rank: utility collapse in {{collapsed}}</span>{{/collapsed}}<a class="permalink" href="{{link}}" aria-label="Link to the row of {{defense}}">#</a></th>
<td class="n">{{#asr}}{{>linked}}{{/asr}}</td>
<td class="n">{{#worst}}{{>linked}}{{/worst}}{{worst_svg}}</td>
<td class="n">{{#acc}}{{>linked}}{{/acc}}</td>
<td class="n">{{#loss}}{{>quiet}}{{/loss}}</td>
<td class="n">{{#der}}{{>quiet}}{{/der}}</td>
<td class="n">{{#chance}}{{>quiet}}{{/chance}}</td>
<td class="n">{{#cost}}{{>quiet}}{{/cost}}</td>
<td class="n">{{#relative}}{{>quiet}}{{/relative}}</td>
<td class="n"><a class="quiet" href="{{href}}"{{#twin}} tabindex="-1"{{/twin}}>{{finished}} of {{planned}}</a></td><td class="n">{{#verified}}{{>number}}{{/verified}}</td><td class="n">{{day}}</td></tr>
{{/items}}
</tbody>
{{#references}}
<tfoot>
{{#items}}
<tr><td class="n"></td><th scope="row">{{name}} <span class="tag">reference</span></th><td class="n">{{#asr}}{{>number}}{{/asr}}</td><td class="n"></td><td class="n">{{#acc}}{{>number}}{{/acc}}</td><td colspan="8">{{what}}</td></tr>
{{/items}}
</tfoot>
{{/references}}
</table></div>
{{#unscored}}<p class="facts">{{count}}:{{#items}}{{#comma}},{{/comma}} {{#page}}<a href="{{page}}">{{name}}</a>{{/page}}{{#no_page}}<bdi>{{name}}</bdi>{{/no_page}}{{/items}}.</p>{{/unscored}}
<details class="further"><summary>On a further attack, transfer, front</summary>
<div class="scroll" tabindex="0" role="region" aria-label="More of the defences with {{distiller}} on {{dataset}}, {{teacher_network}} to {{student_network}}, {{track_text}}"><table class="more"><caption>{{#unseen_chance}}On a further attack, drawn as these were, the rank lies in the range with a probability of {{unseen_chance}} % at least. {{/unseen_chance}}The transfer ratio is the ASR in relation to the teacher's; above the floor is the ASR minus that of a clean teacher's student; both are means over the cells of the mean ASR, with 95 % intervals, or over those of them where they are known, which they say. On the front is whom no other beats in ACC, ASR and cost at once, the undefended student included; behind it, how probable that is.</caption>
<thead><tr><th scope="col">Defence</th><th scope="col">Rank, further attack</th><th scope="col">Transfer ratio %</th><th scope="col">Above the floor, points</th><th scope="col">On the front of ACC, ASR, cost</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row"><bdi>{{defense}}</bdi></th><td class="n">{{#unseen}}{{>quiet}}{{/unseen}}</td><td class="n">{{#transfer}}{{>quiet}}{{/transfer}}</td><td class="n">{{#above_floor}}{{>quiet}}{{/above_floor}}</td><td class="n">{{#front}}{{>quiet}}{{/front}}</td></tr>
{{/items}}
</tbody></table></div>
</details>
{{/rows}}
