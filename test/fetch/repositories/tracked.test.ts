/** Repositories of tracked folders and files: what is fetched of each is what `dvc pull` brings. */
import { tracked } from '../../support/repositories/shapes/tracked.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(tracked);
