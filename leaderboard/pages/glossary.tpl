{{! What the numbers mean, folded up on the index. }}
<details class="glossary"><summary>What the numbers mean</summary><dl>
<dt>ACC</dt><dd>Accuracy on clean test images. Higher is better.</dd>
<dt>ASR</dt><dd>Attack success rate: triggered images of all other classes that are classified as the attacker's
target. Lower is better. Beside a mean stands its interval over teacher seeds; beside a single cell, in the table of
cells and on its page, the 95 % Wilson interval of its images.</dd>
<dt>RA</dt><dd>The same images classified as what they show. A defence that only breaks the trigger has low ASR and
low RA.</dd>
<dt>Floor</dt><dd>ASR of the same trigger on the student of a clean teacher. No defence can be blamed for it.</dd>
<dt>DER</dt><dd>Defence effectiveness: 50 is no effect, 100 removes the backdoor at no cost in ACC; against the
undefended student.</dd>
<dt>Rank</dt><dd>By the mean ASR. Who cannot be told apart from the first of a group shares its rank; the range behind it
holds the ranks that are possible, with 95 % for all of a table. It takes three teacher seeds.</dd>
<dt>Interval</dt><dd>95 %, Student's over teacher seeds. Where a mean ASR is under 10 % or over 90 % it covers {{near_the_ends}} % of true
means.</dd>
<dt>Verified</dt><dd>From L0, somebody's word, to L4, all computed again by others.</dd>
<dt>Attack failed</dt><dd>The teacher did not learn the backdoor (ASR below 90 %, or 80 % for clean-label attacks):
there is nothing to defend against, and the cell counts for nobody.</dd>
<dt>Time</dt><dd>What the defender runs, in seconds of the processors, or of the device where that is a GPU; interrupted
and resumed work included, the teacher and the attacker's crafting not. The wall time beside it depends on who else used
the machine.</dd>
</dl></details>
