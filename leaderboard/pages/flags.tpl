{{! What the flags of the cells above mean, for who has no pointer to ask them with. }}
<details class="glossary"><summary>What the flags of these cells mean</summary><dl>
{{#items}}
<dt>{{flag}}</dt><dd>{{meaning}}</dd>
{{/items}}
</dl></details>
