import { writeFileSync } from 'node:fs';
import t from 'tap';
import { alertPicture } from './alert-picture.js';
import { districtPicture } from './district-picture.js';
import { projectPath, readProject } from './project.js';
import { UPDATING } from './sections.js';

const PICTURES: Readonly<Record<string, { readonly draw: () => string; readonly shownIn: string }>> = {
  '.github/pictures/district.svg': { draw: districtPicture, shownIn: 'src/engine/README.md' },
  '.github/pictures/retracted-alert.svg': { draw: alertPicture, shownIn: 'README.md' },
};

for (const [file, { draw, shownIn }] of Object.entries(PICTURES)) {
  t.test(`${file} is what the sources draw (UPDATE_DOCUMENTS=1 draws it)`, async (t) => {
    const picture = draw();
    if (UPDATING) writeFileSync(projectPath(file), picture);
    t.equal(readProject(file), picture);
    t.match(readProject(shownIn), file, `${shownIn} shows it`);
  });
}
