{{! cells/<matrix>/<id>.html: everything about one cell. }}
<nav aria-label="Breadcrumb"><a href="{{root}}index.html">Leaderboard</a> › {{matrix}}</nav>
<h1>{{defense}} <span class="sub">against</span> {{attack}}</h1>
<p class="facts">{{distiller}} on {{dataset}}, {{networks}}, seeds {{seeds}} (teacher · student), evaluated on {{evaluated_on}} images, track {{track}}, preset {{preset}}</p>
{{#demonstration}}<p class="banner"><strong>Demonstration.</strong> Too small to conclude anything from.</p>{{/demonstration}}
{{#unfinished}}<p class="banner bad"><strong>{{status}}.</strong> {{reason}}</p>{{/unfinished}}
{{#flags}}
<ul class="flags">
{{#items}}<li><span class="tag">{{flag}}</span> {{meaning}}</li>{{/items}}
</ul>
{{/flags}}
<dl class="tiles">
<div class="tile"><dt>Student ACC %</dt><dd>{{#student_acc}}<span class="big">{{>number}}</span> {{#interval}}<span class="ci">{{text}}</span>{{/interval}}{{/student_acc}}</dd></div>
<div class="tile"><dt>Student ASR %</dt><dd>{{#student_asr}}<span class="big">{{>number}}</span> {{#interval}}<span class="ci">{{text}}</span>{{/interval}}{{/student_asr}}</dd></div>
<div class="tile"><dt>Teacher ASR %</dt><dd><span class="big">{{#teacher_asr}}{{>number}}{{/teacher_asr}}</span> <span class="ci">{{#transfer}}{{transfer}} of the teacher's{{/transfer}}</span></dd></div>
<div class="tile"><dt>Floor %</dt><dd><span class="big">{{#floor_asr}}{{>number}}{{/floor_asr}}</span> <span class="ci">clean teacher's student</span></dd></div>
<div class="tile"><dt>{{cost_device}} time</dt><dd><span class="big">{{#cost}}{{>number}}{{/cost}}</span> <span class="ci">what the defender pays, on {{device}}{{#wall}}; wall {{wall}}{{/wall}}{{#total}}, with teacher and evaluation {{total}}{{/total}}</span></dd></div>
</dl>
{{#pictures}}
<h2>Pictures</h2><div class="pictures">
{{#items}}
<figure><img src="{{file}}" alt="{{caption}}"><figcaption>{{caption}}</figcaption></figure>
{{/items}}
</div>
{{/pictures}}
{{#curves_svg}}
<h2>Curves</h2><figure>{{curves_svg}}<figcaption>ACC (solid) and ASR (dashed) of snapshots. The score is the last round, not the best.</figcaption></figure>
{{/curves_svg}}
<h2>Numbers</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Numbers"><table class="numbers"><thead><tr><th scope="col">Number</th><th scope="col">%</th><th scope="col">Images</th><th scope="col">95 % Wilson</th></tr></thead><tbody>
<tr><th scope="row">Student ACC</th>{{#student_acc}}{{>counted}}{{/student_acc}}</tr>
<tr><th scope="row">Student ASR</th>{{#student_asr}}{{>counted}}{{/student_asr}}</tr>
<tr><th scope="row">Student RA</th>{{#student_ra}}{{>counted}}{{/student_ra}}</tr>
<tr><th scope="row">Agreement with the teacher</th>{{#agreement}}{{>counted}}{{/agreement}}</tr>
<tr><th scope="row">Teacher ACC</th>{{#teacher_acc}}{{>counted}}{{/teacher_acc}}</tr>
<tr><th scope="row">Teacher ASR</th>{{#teacher_asr}}{{>counted}}{{/teacher_asr}}</tr>
<tr><th scope="row">Clean teacher ACC</th>{{#clean_acc}}{{>counted}}{{/clean_acc}}</tr>
<tr><th scope="row">Floor ASR</th>{{#floor_asr}}{{>counted}}{{/floor_asr}}</tr>
{{#visibility}}<tr><th scope="row">Visibility of the trigger</th><td colspan="3">{{visibility}}</td></tr>{{/visibility}}
</tbody></table></div>
{{#classes}}
<div class="scroll" tabindex="0" role="region" aria-label="Accuracy per class"><table class="classes"><caption>Student ACC per class, percent</caption><thead><tr>
{{#items}}<th scope="col">{{number}}</th>{{/items}}
</tr></thead><tbody><tr>
{{#items}}<td class="n">{{#acc}}{{>number}}{{/acc}}</td>{{/items}}
</tr></tbody></table></div>
{{/classes}}
{{#logged}}
<h2>Logged scalars</h2><div class="small">
{{#items}}
<figure>{{chart_svg}}<figcaption>{{name}}</figcaption></figure>
{{/items}}
</div>
{{/logged}}
<h2>Options</h2><div class="options">
{{#options}}
<table><caption>{{#entry}}{{role}}: {{plugin}}, revision {{revision}}{{#attack_aware}}, attack-aware{{/attack_aware}}{{/entry}}{{#no_entry}}teacher{{/no_entry}}</caption><thead><tr><th scope="col">Option</th><th scope="col">Value</th></tr></thead><tbody>
{{#values}}<tr><th scope="row">{{name}}</th><td><code>{{value}}</code></td></tr>{{/values}}
{{#no_values}}<tr><td colspan="2">no options</td></tr>{{/no_values}}
</tbody></table>
{{/options}}
</div>
<h2>How it was made</h2>
{{#reproduction}}
<p>To reproduce, with <a href="{{matrix_file}}">{{matrix_file}}</a> and the commit below{{#pairs}}; it runs the {{pairs}} of networks in the file{{/pairs}}. The same numbers have the same digest (<code>dfkd score --json</code>).</p><pre tabindex="0"><code>{{command}}</code></pre>
{{/reproduction}}
{{#no_reproduction}}<p>The matrix file of this score was not published with it, so no command is known that makes it again.</p>{{/no_reproduction}}
<dl class="facts-list">
<dt>Version</dt><dd>{{version}} (<code>{{#commit}}{{commit}}{{/commit}}{{#no_commit}}unknown commit{{/no_commit}}</code>)</dd>
<dt>Created</dt><dd>{{created}}</dd>
<dt>Numerics</dt><dd>{{profile}} on {{device}}, {{threads}}, {{#deterministic}}deterministic{{/deterministic}}{{#no_deterministic}}not deterministic{{/no_deterministic}}</dd>
<dt>CPU time</dt><dd>{{#cpu_time}}{{>number}}{{/cpu_time}}</dd>
<dt>GPU time</dt><dd>{{#gpu_time}}{{>number}}{{/gpu_time}}</dd>
<dt>Wall time, of a machine that others may share</dt><dd>{{#wall_time}}{{>number}}{{/wall_time}}</dd>
<dt>Wall time with teacher and evaluation</dt><dd>{{#total_time}}{{>number}}{{/total_time}}</dd>
<dt>Peak memory</dt><dd>{{#peak_memory}}{{>number}}{{/peak_memory}}</dd>
<dt>Data</dt><dd><code>{{fingerprint}}</code></dd>
<dt>Digest of this score</dt><dd><code>{{digest}}</code></dd>
</dl>
<div class="scroll" tabindex="0" role="region" aria-label="Stages and artifacts"><table><caption>Stages by key, artifacts by content</caption><thead><tr><th scope="col">Stage</th><th scope="col">Key</th><th scope="col">Time</th></tr></thead><tbody>
{{#stages}}
<tr><th scope="row">{{stage}}</th><td><code>{{key}}</code></td><td class="n">{{#time}}{{>number}}{{/time}}</td></tr>
{{/stages}}
{{#artifacts}}
<tr><th scope="row">{{stage}} (SHA-256)</th><td><code>{{digest}}</code></td><td class="n">{{#time}}{{>number}}{{/time}}</td></tr>
{{/artifacts}}
</tbody></table></div>
<p><a href="{{raw}}">Raw score (JSON)</a></p>
