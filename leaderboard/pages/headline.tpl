{{! The answer of a group in one sentence. }}
{{#nothing}}
<p class="headline">No attack passed the gate here: nothing to rank.</p>
{{/nothing}}
{{#unfinished}}
<p class="headline">Not finished: only {{shared}} of {{planned}} attacked cells have a number for all that are compared, so nobody can be called best.</p>
{{/unfinished}}
{{#few}}
<p class="headline">Not ranked with {{teachers}} of an attack: a rank takes 3. The lowest mean ASR so far is that of <bdi>{{defense}}</bdi>: {{asr}} %{{#control}}, against {{asr}} % without a defence{{/control}}.</p>
{{/few}}
{{#none_helps}}
<p class="headline">No defence is proven to have a lower mean ASR than none: <bdi>{{defense}}</bdi> {{asr}} %{{#interval}} <span class="ci">95 %: {{interval}}</span>{{/interval}} against {{control_asr}} % without a defence.</p>
{{/none_helps}}
{{#best}}
<p class="headline"><strong><bdi>{{defense}}</bdi></strong> {{#only}}is the only defence here; its mean ASR is {{asr}} %{{#interval}} <span class="ci">95 %: {{interval}}</span>{{/interval}}{{/only}}{{#no_only}}{{#shared_rank}}cannot be told apart and share the lowest mean ASR: from {{asr}} %{{#interval}} <span class="ci">95 %: {{interval}}</span>{{/interval}}{{/shared_rank}}{{#no_shared_rank}}has the lowest mean ASR: {{asr}} %{{#interval}} <span class="ci">95 %: {{interval}}</span>{{/interval}}{{/no_shared_rank}}{{/no_only}}{{#worst}}, at worst {{worst}} % ({{attack}}){{/worst}}{{#among}}, of the {{among}} that finished{{/among}}{{#control}}, against {{asr}} % without a defence{{#proven}}, a proven difference{{/proven}}{{#points}}; ACC {{points}} points{{#times}}, {{times}} times the time{{/times}}{{/points}}{{/control}}.{{#unproven}} Not proven to be better than no defence: {{unproven}}.{{/unproven}}</p>
{{/best}}
