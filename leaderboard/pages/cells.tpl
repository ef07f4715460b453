{{! One row a cell. The application shows a table of its own in its place. }}
<div class="scroll" tabindex="0" role="region" aria-label="All cells"><table class="cells"><caption>One row a cell; the defence links to all about it. Seeds: teacher · student. Time: of the processor, or of the device where that is a GPU.</caption>
<thead><tr><th scope="col">Defence</th><th scope="col">Attack</th><th scope="col">Distiller</th><th scope="col">Data set</th><th scope="col">Networks</th><th scope="col">Seeds</th><th scope="col">Status</th><th scope="col">Teacher ACC %</th><th scope="col">Teacher ASR %</th><th scope="col">ACC % <span class="ci">95 %</span></th><th scope="col">ASR % <span class="ci">95 %</span></th><th scope="col">Floor % <span class="ci">95 %</span></th><th scope="col">RA % <span class="ci">95 %</span></th><th scope="col">Agreement %</th><th scope="col">Time</th>{{#verifications}}<th scope="col">Verification</th>{{/verifications}}</tr></thead><tbody>
{{#items}}
<tr id="{{anchor}}"><th scope="row"><a href="{{page}}">{{defense}}</a></th><td>{{attack}}{{#adapts_to}} <span class="tag">adapts to {{adapts_to}}</span>{{/adapts_to}}</td><td>{{distiller}}</td><td>{{dataset}}</td><td>{{networks}}</td><td>{{seeds}}</td>
<td class="state"><span class="status {{status_name}}">{{status}}</span>{{#flags}} <span class="tag" title="{{meaning}}">{{flag}}</span>{{/flags}}{{#reason}}<span class="why">{{reason}}</span>{{/reason}}</td>
<td class="n">{{#teacher_acc}}{{>number}}{{/teacher_acc}}</td><td class="n">{{#teacher_asr}}{{>number}}{{/teacher_asr}}</td>
<td class="n">{{#acc}}{{>number}}{{/acc}}</td><td class="n">{{#asr}}{{>number}}{{/asr}}</td><td class="n">{{#floor}}{{>number}}{{/floor}}</td>
<td class="n">{{#ra}}{{>number}}{{/ra}}</td><td class="n">{{#agreement}}{{>number}}{{/agreement}}</td><td class="n">{{#cost}}{{>number}}{{/cost}}</td>{{#verifications}}<td class="n">{{verification}}</td>{{/verifications}}</tr>
{{/items}}
</tbody></table></div>
