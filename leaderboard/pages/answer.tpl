{{! The answer of a group in three lines: who, whether that is proven, at what cost. headline.tpl says all of it. }}
<dl class="answer">
<div><dt>{{#helps}}Best{{/helps}}{{#no_helps}}Lowest{{/no_helps}}{{#so_far}} so far{{/so_far}}</dt> <dd><strong><bdi>{{defense}}</bdi></strong> {{asr}} % mean ASR{{#undefended}}, undefended {{undefended}} %{{/undefended}}{{#difference}}, {{difference}} points against undefended{{/difference}}{{#tied}}; tied: {{tied}}{{/tied}}</dd></div>
<div><dt>Proven</dt> <dd>{{#no_ranked}}nothing: {{teachers}} of an attack, and a rank takes 3{{/no_ranked}}{{#ranked}}{{#no_helps}}nothing: no defence is proven to be below undefended ({{teachers}}){{/no_helps}}{{#helps}}{{#alone}}nothing. {{alone}}{{/alone}}{{#no_alone}}below undefended: {{proven}}{{#unproven}}; not {{unproven}}{{/unproven}} ({{teachers}}){{/no_alone}}{{/helps}}{{/ranked}}</dd></div>
<div><dt>Cost</dt> <dd>{{cost}}</dd></div>
</dl>
