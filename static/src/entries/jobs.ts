/** The job page. */
import { must } from "../lib/dom";
import { jobList } from "../parts/joblist";

jobList(must("#jobs"), 30_000); // ages grow while nothing happens
