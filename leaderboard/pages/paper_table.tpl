{{! A table of a paper, one line for each model; the label of a row and its remarks span them. }}
<h3>Table {{table}}. {{title}}</h3>
{{#rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table {{table}}, {{#rerun}}rerun of {{matrix}}{{/rerun}}{{#no_rerun}}printed{{/no_rerun}}"><table class="paper"><caption>ACC / ASR in percent{{#rerun}}; differences are rerun minus printed, in points.{{/rerun}}{{#no_rerun}}.{{/no_rerun}}</caption><thead><tr><th scope="col">Row of the paper</th><th scope="col">Model</th><th scope="col">Printed</th>{{#rerun}}<th scope="col">Rerun</th><th scope="col">Seeds</th><th scope="col">Difference</th>{{/rerun}}</tr></thead>
{{#items}}
<tbody>
{{#lines}}
<tr{{#head}} class="head"{{/head}}>{{#head}}<th scope="rowgroup" rowspan="{{span}}">{{label}} <span class="tag">{{sources}}</span>{{#remarks}}<ul class="remarks">{{#items}}<li>{{#sic}}sic, {{column}}: {{sic}}{{/sic}}{{note}}{{#difference}}rerun: {{difference}}{{/difference}}</li>{{/items}}</ul>{{/remarks}}</th>{{/head}}
<th scope="row">{{column}}</th><td class="n">{{printed}}{{#sic}} <abbr title="{{sic}}">sic</abbr>{{/sic}}</td>
{{#measured}}<td class="n">{{#acc}}{{>linked}}{{/acc}} / {{#asr}}{{>linked}}{{/asr}}</td><td class="n">{{seeds}}</td><td class="n">{{acc_points}} / {{asr_points}}</td>{{/measured}}
{{#unmeasured}}<td class="n" colspan="3">{{>number}}</td>{{/unmeasured}}
</tr>
{{/lines}}
</tbody>
{{/items}}
</table></div>
{{/rows}}
{{#others}}<p class="facts">Not rerun: {{others}}.</p>{{/others}}
