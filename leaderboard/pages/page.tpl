{{! Every page. }}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="dfkd site">
<meta name="description" content="{{description}}">
<title>{{title}}</title>
<link rel="stylesheet" href="{{root}}style.css">
<link rel="alternate" type="application/atom+xml" title="What changed" href="{{root}}changes.atom">
<link rel="alternate" type="application/feed+json" title="What changed" href="{{root}}changes.json">
{{#app}}
<script defer src="{{root}}data/site.js"></script>
<script defer src="{{root}}app.js"></script>
{{/app}}
</head>
<body data-page="{{page}}" data-root="{{root}}" data-matrix="{{matrix_name}}" data-file="{{matrix_file}}">
<a class="skip" href="#main">Skip to the results</a>
<header><nav class="site" aria-label="Site"><a href="{{root}}index.html">Leaderboard</a> · <a href="{{root}}protocol.html">Protocol</a> · <a href="{{root}}data.html">Data</a> · <a href="{{root}}changes.html">Changes</a></nav></header>
<main id="main">
{{#home}}{{>home}}{{/home}}
{{#matrix}}{{>matrix}}{{/matrix}}
{{#plugin}}{{>plugin}}{{/plugin}}
{{#protocol}}{{>protocol}}{{/protocol}}
{{#downloads}}{{>downloads}}{{/downloads}}
{{#changes}}{{>changes}}{{/changes}}
{{#reference}}{{>reference}}{{/reference}}
{{#cell_page}}{{>cell_page}}{{/cell_page}}
</main>
<footer>
<p>Made by dfkd-bench from score files. Numbers are percent with one decimal; a dash is a number that does not exist, with its reason beside it.</p>
</footer>
</body>
</html>
