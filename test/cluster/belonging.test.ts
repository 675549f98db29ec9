import { BELONGING_SCENARIOS } from "./scenario-list.ts";
import { testScenarios } from "./scenario-tests.ts";

testScenarios(BELONGING_SCENARIOS);
