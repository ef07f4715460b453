{{! Files among the scores that no number is made of, with the reason. }}
<p class="facts">What <code>dfkd validate</code> refuses, what is there twice, and what is of another experiment than most of its matrix: {{count}}. No number of this site is made of these; a cell without another score counts as not finished.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Files left out"><table><thead><tr><th scope="col">File</th><th scope="col">Where in it</th><th scope="col">Reason</th></tr></thead><tbody>
{{#items}}
<tr><th scope="row"><bdi>{{file}}</bdi></th><td><code>{{where}}</code></td><td><bdi>{{reason}}</bdi></td></tr>
{{/items}}
</tbody></table></div>
{{#more}}<p class="facts">And {{more}} more; <code>dfkd validate</code> lists all.</p>{{/more}}
