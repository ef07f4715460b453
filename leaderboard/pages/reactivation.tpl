{{! Whether a backdoor was removed or put to sleep: students after a few triggered images. }}
<section id="{{id}}/reactivation"><h2>Reactivation</h2>
<p>A copy of each student is fine-tuned on a few triggered images, and so is the student of the clean teacher (floor). κ is the ASR of the one over that of the other: about 1, and the backdoor is as far as from a network that never had it; well above, and it was only asleep. Means over attacked cells in which there was something to defend against, never over several data sets, networks, distillers or tracks; each defence has its own cells there, and says how many.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Reactivation"><table><thead><tr><th scope="col">Defence</th><th scope="col">Distiller</th><th scope="col">Data set</th><th scope="col">Networks</th><th scope="col">Track</th><th scope="col">Images</th><th scope="col">Cells</th><th scope="col">ACC after, %</th><th scope="col">ASR after, %</th><th scope="col">Floor after, %</th><th scope="col">κ</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row">{{defense}}</th><td>{{distiller}}</td><td>{{dataset}}</td><td>{{teacher_network}} → {{student_network}}</td><td>{{track_text}}</td><td class="n">{{images}}</td><td class="n">{{cells}}</td><td class="n">{{#acc}}{{>number}}{{/acc}}</td><td class="n">{{#asr}}{{>number}}{{/asr}}</td><td class="n">{{#floor_asr}}{{>number}}{{/floor_asr}}</td><td class="n">{{#kappa}}{{>number}}{{/kappa}}</td></tr>
{{/items}}
</tbody></table></div>
</section>
