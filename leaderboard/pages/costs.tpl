{{! What the runs of a matrix cost. }}
<h3>What it cost</h3>
<div class="scroll" tabindex="0" role="region" aria-label="What it cost"><table><caption>Hours, as far as they are recorded. Of a defence: over its cells, as if each defender ran all that he needs, so that what cells share is in each of them; without the teacher. Teachers, evaluations and what else nobody defends with are counted once, on the clock alone. A clock on the wall depends on who else used the machine; memory is that of the largest stage.</caption><thead><tr><th scope="col">Defence</th><th scope="col">Cells with a cost</th><th scope="col">CPU-hours</th><th scope="col">GPU-hours</th><th scope="col">Hours on the clock</th><th scope="col">Peak memory, GiB</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row"><bdi>{{name}}</bdi></th><td class="n">{{cells}}</td><td class="n">{{#cpu}}{{>number}}{{/cpu}}</td><td class="n">{{#gpu}}{{>number}}{{/gpu}}</td><td class="n">{{#clock}}{{>number}}{{/clock}}</td><td class="n">{{#peak}}{{>number}}{{/peak}}</td></tr>
{{/items}}
</tbody></table></div>
