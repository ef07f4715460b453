{{! The defences of a group by their worst attack, under the answer in one sentence. }}
{{#no_rows}}<p>No attack passed the gate here: nothing to rank.</p>{{/no_rows}}
{{#unfinished}}
<p class="headline">Not finished: only {{shared}} of {{planned}} attacked cells have a number for all that are compared, so nobody can be called best.</p>
{{/unfinished}}
{{#none_helps}}
<p class="headline">No defence has a lower worst-case ASR than none: {{asr}} % against {{control_asr}} % without a defence.</p>
{{/none_helps}}
{{#best}}
<p class="headline"><strong><bdi>{{defense}}</bdi></strong> {{#only}}is the only defence here; its worst-case ASR is {{asr}} %{{/only}}{{#no_only}}{{#shared_rank}}share the lowest worst-case ASR: {{asr}} %{{/shared_rank}}{{#no_shared_rank}}has the lowest worst-case ASR: {{asr}} %{{/no_shared_rank}}{{/no_only}} ({{attack}}){{#among}}, of the {{among}} that finished{{/among}}{{#control}}, against {{asr}} % without a defence; ACC {{points}} points{{#times}}, {{times}} times the time{{/times}}{{/control}}.{{#doubt}} But {{doubt}}.{{/doubt}}</p>
{{/best}}
{{#rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Standings of defences with {{distiller}}"><table class="standings" id="{{id}}"><caption>Defences by their worst attack, over {{shared}} of {{planned}} attacked cells; who did not finish all of these, or collapsed in one, has no rank, and a planned cell without a score is not finished. Mean ASR and DER are {{#transferred}}over the {{transferred}} in which the undefended student carries the backdoor{{/transferred}}{{#no_transferred}}missing: in none of these does the undefended student carry the backdoor{{/no_transferred}}. ± is the spread over the cells. Equal to the printed digit share a rank; ranks describe these cells and are no test of significance.</caption>
<thead><tr><th scope="col">Rank</th><th scope="col">Defence</th><th scope="col">ASR %, worst attack</th><th scope="col">ASR %, mean</th><th scope="col">ACC %</th><th scope="col">DER %</th><th scope="col">Time a cell, processor or device</th><th scope="col">Time, relative</th><th scope="col">Finished</th></tr></thead><tbody>
{{#items}}
<tr{{#first}} class="first"{{/first}}><td class="n">{{#rank}}{{>number}}{{/rank}}</td>
<th scope="row">{{defense}}{{#control}} <span class="tag">control</span>{{/control}}{{#attack_aware}} <span class="tag">attack-aware</span>{{/attack_aware}}{{#collapsed}} <span class="tag">no rank: utility collapse in {{collapsed}}</span>{{/collapsed}}</th>
<td class="n">{{#worst}}{{>number}}{{/worst}}{{worst_svg}}</td>
<td class="n">{{#asr}}{{>number}}{{/asr}}</td>
<td class="n">{{#acc}}{{>number}}{{/acc}}</td>
<td class="n">{{#der}}{{>number}}{{/der}}</td>
<td class="n">{{#cost}}{{>number}}{{/cost}}</td>
<td class="n">{{#relative}}{{>number}}{{/relative}}</td>
<td class="n">{{finished}} of {{planned}}</td></tr>
{{/items}}
</tbody></table></div>
{{/rows}}
