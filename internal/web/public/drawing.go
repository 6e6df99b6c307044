package public

// preauDrawing is the picture of the first page: the covered yard of a school, its coats on their pegs, a hopscotch. Its colours are
// those of the town.
const preauDrawing = `<svg class="hero__art" viewBox="0 0 720 284" role="img" aria-label="Dessin : le préau d’une école, ses manteaux aux patères et une marelle dans la cour">` +
	`<rect x="0" y="236" width="720" height="48" class="art-soft"/><circle cx="628" cy="62" r="34" class="art-straw"/>` +
	`<path d="M66 118v118" stroke-width="5" class="art-line"/><circle cx="66" cy="118" r="54" class="art-leaf"/>` +
	`<path d="M132 150v86" stroke-width="5" class="art-line"/><circle cx="132" cy="150" r="36" class="art-leaf2"/>` +
	`<path class="art-mid" d="M190 120h330v116H190z" opacity=".35"/><path d="M206 150h298" class="art-line" stroke-width="3"/>` +
	`<path d="M232 150v8" class="art-line" stroke-width="3"/><path class="art-brick" d="M221 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M274 150v8" class="art-line" stroke-width="3"/><path class="art-straw" d="M263 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M316 150v8" class="art-line" stroke-width="3"/><path class="art-roof" d="M305 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M358 150v8" class="art-line" stroke-width="3"/><path class="art-leaf" d="M347 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M400 150v8" class="art-line" stroke-width="3"/><path class="art-brick" d="M389 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M442 150v8" class="art-line" stroke-width="3"/><path class="art-mid" d="M431 160q11-7 22 0l4 36h-30z"/>` +
	`<path d="M484 150v8" class="art-line" stroke-width="3"/><path class="art-straw" d="M473 160q11-7 22 0l4 36h-30z"/>` +
	`<path class="art-roof" d="M160 118 355 44l195 74v10H160z"/><path d="M160 128h390v10H160z" class="art-deep"/>` +
	`<circle cx="355" cy="92" r="17" class="art-paper"/><path d="M355 82v10l7 4" class="art-line" stroke-width="3" stroke-linecap="round"/>` +
	`<path d="M184 138v98M298 138v98M412 138v98M526 138v98" class="art-line" stroke-width="7"/>` +
	`<g class="art-chalk" stroke-width="2.5" stroke-linejoin="round" transform="translate(556 246) skewX(-28)">` +
	`<path d="M0 5h24v16H0zM24 5h24v16H24zM48-3h24v32H48zM48 13h24M72 5h24v16H72zM96-3h24v32H96zM96 13h24"/><path d="M120 -3a16 16 0 0 1 0 32"/></g>` +
	`<path d="M676 146v90" stroke-width="5" class="art-line"/><circle cx="676" cy="146" r="40" class="art-leaf"/></svg>`
