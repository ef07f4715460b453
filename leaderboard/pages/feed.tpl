{{! changes.atom. }}
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>dfkd-bench leaderboard: changes</title>
<id>urn:dfkd-bench:changes</id>
<updated>{{updated}}</updated>
<author><name>dfkd-bench</name></author>
<link href="changes.html"/>
{{#entries}}
<entry><title>{{title}}</title><id>{{id}}</id><updated>{{updated}}</updated><link href="changes.html"/><content type="text">{{#lines}}{{text}}
{{/lines}}</content></entry>
{{/entries}}
</feed>
