{{! How the numbers of the defences of a group moved; of those that did not, a line. }}
{{#moved}}
<div class="scroll" tabindex="0" role="region" aria-label="How numbers moved with {{distiller}} on {{dataset}}, {{teacher_network}} to {{student_network}}, {{track_text}}"><table><caption>What stood at the end of each day on which a result came or took the place of another. ACC and ASR are means over the cells of this defence that stood then, attacks weighing alike: ACC over the attacked ones that finished, ASR over those of them in which the undefended student carries the backdoor. The standings are over the cells that all who are compared share, and may differ. Where cells came, a mean moves and no number does: what moved, in points, is over the cells that this day and the one above have in common.</caption>
<thead><tr><th scope="col">Defence</th><th scope="col">Day</th><th scope="col">What happened</th><th scope="col">Attacked cells, finished</th><th scope="col">Of</th><th scope="col">ACC %</th><th scope="col">ACC moved</th><th scope="col">ASR %</th><th scope="col">ASR moved</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row"><bdi>{{defense}}</bdi></th><td>{{day}}</td><td>{{came}}</td><td class="n">{{#cells}}{{>number}}{{/cells}}</td><td>{{crossed}}</td><td class="n">{{#acc}}{{>number}}{{/acc}}</td><td class="n">{{#acc_moved}}{{>number}}{{/acc_moved}}</td><td class="n">{{#asr}}{{>number}}{{/asr}}</td><td class="n">{{#asr_moved}}{{>number}}{{/asr_moved}}</td></tr>
{{/items}}
</tbody></table></div>
{{/moved}}
{{#moments_svg}}
<figure>{{moments_svg}}<figcaption>Mean ASR, each until the next day on which something of the defence came or was replaced. A dashed step is between means over different cells, and is no difference.</figcaption></figure>
{{/moments_svg}}
{{#still}}
{{#items}}<p class="facts">{{text}}</p>
{{/items}}
{{/still}}
