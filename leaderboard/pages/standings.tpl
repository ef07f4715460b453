{{! The defences of a group by their mean ASR over the attacks, under the answer in one sentence. }}
{{#no_rows}}<p>No attack passed the gate here: nothing to rank.</p>{{/no_rows}}
{{#unfinished}}
<p class="headline">Not finished: only {{shared}} of {{planned}} attacked cells have a number for all that are compared, so nobody can be called best.</p>
{{/unfinished}}
{{#few}}
<p class="headline">Not ranked with {{teachers}} of an attack: a rank takes 3. The lowest mean ASR so far is that of <bdi>{{defense}}</bdi>: {{asr}} %{{#control}}, against {{asr}} % without a defence{{/control}}.</p>
{{/few}}
{{#none_helps}}
<p class="headline">No defence is proven to have a lower mean ASR than none: <bdi>{{defense}}</bdi> {{asr}} % against {{control_asr}} % without a defence.</p>
{{/none_helps}}
{{#best}}
<p class="headline"><strong><bdi>{{defense}}</bdi></strong> {{#only}}is the only defence here; its mean ASR is {{asr}} %{{/only}}{{#no_only}}{{#shared_rank}}cannot be told apart and share the lowest mean ASR: from {{asr}} %{{/shared_rank}}{{#no_shared_rank}}has the lowest mean ASR: {{asr}} %{{/no_shared_rank}}{{/no_only}}{{#worst}}, at worst {{worst}} % ({{attack}}){{/worst}}{{#among}}, of the {{among}} that finished{{/among}}{{#control}}, against {{asr}} % without a defence; ACC {{points}} points{{#times}}, {{times}} times the time{{/times}}{{/control}}.{{#unproven}} Not proven to be better than no defence: {{unproven}}.{{/unproven}}</p>
{{/best}}
{{#rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Standings of defences with {{distiller}}"><table class="standings" id="{{id}}"><caption>Defences by their mean ASR, over {{shared}} of {{planned}} attacked cells; who did not finish all of these is ranked apart, in brackets, over those that it finished; who finished less than nine tenths, or collapsed in one, has no rank, and a planned cell without a score is not finished. Mean ASR and DER are {{#transferred}}over the {{transferred}} in which the undefended student carries the backdoor{{/transferred}}{{#no_transferred}}missing: in none of these does the undefended student carry the backdoor{{/no_transferred}}, attacks weighing alike. Ranges are 95 % intervals over teacher seeds; behind a rank, the ranks that are possible. Who cannot be told from the first of a group shares its rank.{{#thin}} Left out, because of fewer than 3 teacher seeds: {{thin}}.{{/thin}} {{certainty}}</caption>
<thead><tr><th scope="col">Rank</th><th scope="col">Defence</th><th scope="col">ASR %, mean</th><th scope="col">ASR %, worst attack</th><th scope="col">ACC %</th><th scope="col">DER %</th><th scope="col">Time a cell, processor or device</th><th scope="col">Time, relative</th><th scope="col">Finished</th></tr></thead><tbody>
{{#items}}
<tr{{#first}} class="first"{{/first}}><td class="n">{{#rank}}{{>number}}{{/rank}}</td>
<th scope="row">{{defense}}{{#control}} <span class="tag">control</span>{{/control}}{{#attack_aware}} <span class="tag">attack-aware</span>{{/attack_aware}}{{#collapsed}} <span class="tag">no rank: utility collapse in {{collapsed}}</span>{{/collapsed}}</th>
<td class="n">{{#asr}}{{>number}}{{/asr}}</td>
<td class="n">{{#worst}}{{>number}}{{/worst}}{{worst_svg}}</td>
<td class="n">{{#acc}}{{>number}}{{/acc}}</td>
<td class="n">{{#der}}{{>number}}{{/der}}</td>
<td class="n">{{#cost}}{{>number}}{{/cost}}</td>
<td class="n">{{#relative}}{{>number}}{{/relative}}</td>
<td class="n">{{finished}} of {{planned}}</td></tr>
{{/items}}
</tbody></table></div>
{{/rows}}
