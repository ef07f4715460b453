{{! Links to the pages of the cells of a matrix. }}
<nav aria-label="Pages of cells"><ul class="contents">
{{#items}}<li><a href="{{page}}">{{distiller}}{{#part}}, {{part}}{{/part}}</a> <span class="sub">{{cells}}</span></li>
{{/items}}
</ul></nav>
