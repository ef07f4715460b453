{{! The cells of a row of the numbers of a cell. }}
<td class="n">{{>number}}</td><td class="n">{{#images}}{{>number}}{{/images}}</td><td class="n">{{#interval}}{{>number}}{{/interval}}</td>
