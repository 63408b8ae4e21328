import { type Attack, ATTACKS } from './attacks.js';

/** A program: attacks as it is told, until it is ended. */
process.once('message', (attack: Attack) => void ATTACKS[attack.name](attack));
process.on('disconnect', () => process.exit(0));
