/** Repositories of older DVC: what is fetched of each is what `dvc pull` brings. */
import { older } from '../../support/repositories/shapes/older.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(older);
