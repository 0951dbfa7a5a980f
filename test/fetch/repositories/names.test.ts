/** Repositories of odd names and contents: what is fetched of each is what `dvc pull` brings. */
import { named } from '../../support/repositories/shapes/names.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(named);
