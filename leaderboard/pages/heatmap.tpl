{{! Attacks by defences; a cell is the mean over the seeds that count, or what became of it. }}
<div class="scroll" tabindex="0" role="region" aria-label="Attacks and defences with {{distiller}} on {{dataset}}, {{teacher_network}} to {{student_network}}, {{track_text}}"><table class="heatmap"><caption>Attacks × defences, in percent, mean over the seeds that count, teachers weighing alike. Darker is a higher ASR; hatched did not end in a number, with the reason, or is flagged; where seeds are missing or do not count, it says how many. Out of all means of ASR, here too unless no seed counts: attack_ineffective, no_undefended, not_transferred. Hatched, and in the means: attack_aware, high_floor, no_clean_teacher, no_floor, nondeterministic, obvious_trigger, utility_collapse, which costs the rank.</caption>
<thead><tr><th scope="col">Attack</th>
{{#heat_columns}}
<th scope="col">{{defense}}</th>
{{/heat_columns}}
</tr></thead><tbody>
{{#heat_rows}}
<tr><th scope="row">{{attack}}{{#adapts_to}} <span class="tag">adapts to {{adapts_to}}</span>{{/adapts_to}}</th>
{{#heat_cells}}
{{#absent}}<td class="heat hatch">{{why}}</td>{{/absent}}
{{#bad}}<td class="heat hatch"><a href="{{page}}">{{status}}</a><span class="why">{{reason}}</span>{{>seeds}}</td>{{/bad}}
{{#good}}<td class="heat {{heat}}{{#uncounted}} hatch{{/uncounted}}{{#no_uncounted}}{{#flagged}} hatch{{/flagged}}{{/no_uncounted}}">{{#page}}<a href="{{page}}">{{/page}}{{#asr}}ASR {{asr}}{{/asr}}{{#no_asr}}ACC {{#acc}}{{>number}}{{/acc}}{{/no_asr}}{{#page}}</a>{{/page}}<span class="why">{{#asr}}ACC {{#acc}}{{>number}}{{/acc}}{{/asr}}{{#no_asr}}{{why}}{{/no_asr}}{{#floor}}<br>floor {{floor}}{{/floor}}{{#partial}}<br>{{partial}}{{/partial}}{{#counts}}<br>{{counts}}{{/counts}}{{#uncounted}}<br>in no mean: {{uncounted}}{{/uncounted}}{{#flagged}}<br>flagged: {{flagged}}{{/flagged}}</span>{{>seeds}}</td>{{/good}}
{{/heat_cells}}
</tr>
{{/heat_rows}}
</tbody></table></div>
