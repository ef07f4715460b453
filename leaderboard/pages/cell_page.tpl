{{! cells/<file>/<distiller>-<n>.html: some of the cells of a matrix that has too many for its own page. }}
<nav aria-label="Breadcrumb"><a href="{{address}}">{{name}}, all cells</a></nav>
<h1>{{distiller}} <span class="sub">cells of {{name}}{{#part}}, {{part}}{{/part}}</span></h1>
<p class="facts">{{cells}} with a score; standings, heat maps, filters and sorting are on the page of the matrix.</p>
{{#cell_pages}}
{{>cell_pages}}
{{/cell_pages}}
{{#rows}}
{{>cells}}
{{/rows}}
{{#flag_meanings}}
{{>flags}}
{{/flag_meanings}}
