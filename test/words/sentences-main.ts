import { committedPage, sentencePage, writePage } from './sentence-file.js';

/** The page with every sentence against the committed one; UPDATE_SENTENCES=1 writes it. */
const page = sentencePage();
if (process.env.UPDATE_SENTENCES === '1') writePage(page);
const isSame = page === committedPage();
console.log(isSame ? 'the same sentences' : 'other sentences: UPDATE_SENTENCES=1 writes them; read what has changed');
if (!isSame) process.exitCode = 1;
