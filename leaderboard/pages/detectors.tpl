{{! How well detectors tell the poisoned teachers of a matrix from its clean ones. }}
<section id="{{id}}/detectors"><h2>Detectors of poisoned teachers</h2>
<p>Asked before anything is distilled. A gate that refuses what a detector suspects is a defence: what it stops is “refused”, its price “refused, clean”.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Detectors"><table><thead><tr><th scope="col">Attack</th><th scope="col">Detector</th><th scope="col">Data set</th><th scope="col">Teacher</th><th scope="col">Teachers, poisoned</th><th scope="col">clean</th><th scope="col">AUROC</th><th scope="col">Refused, %</th><th scope="col">Refused, clean, %</th><th scope="col">Target found, %</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row">{{attack}}</th><td>{{detector}}</td><td>{{dataset}}</td><td>{{teacher_network}}</td><td class="n">{{poisoned}}</td><td class="n">{{clean}}</td><td class="n">{{#auroc}}{{>number}}{{/auroc}}</td><td class="n">{{#refused}}{{>number}}{{/refused}}</td><td class="n">{{#refused_clean}}{{>number}}{{/refused_clean}}</td><td class="n">{{#found}}{{>number}}{{/found}}</td></tr>
{{/items}}
</tbody></table></div>
</section>
