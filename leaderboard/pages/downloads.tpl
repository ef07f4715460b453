{{! data.html: everything to take away, and what its columns mean. }}
<h1>Data</h1>
<p class="lede">All numbers of this site, as files. They are what the pages are made of.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Files"><table><thead><tr><th scope="col">File</th><th scope="col">What</th></tr></thead><tbody>
{{#files}}
<tr><th scope="row"><a href="{{name}}" download>{{name}}</a></th><td>{{what}}</td></tr>
{{/files}}
</tbody></table></div>
<h2>How to cite</h2>
<p>Cite the benchmark, and the papers of the methods and attacks; each has its BibTeX on its page.</p>
<pre tabindex="0"><code>{{bibtex}}</code></pre>
<h2>Columns of scores.csv</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Dictionary"><table><thead><tr><th scope="col">Column</th><th scope="col">Unit</th><th scope="col">Meaning</th></tr></thead><tbody>
{{#columns}}
<tr><th scope="row"><code>{{name}}</code></th><td>{{unit}}</td><td>{{meaning}}</td></tr>
{{/columns}}
</tbody></table></div>
