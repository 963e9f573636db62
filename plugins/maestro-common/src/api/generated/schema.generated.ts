/* eslint-disable */
// Made from src/api/openapi.yaml by scripts/generate-api.mjs; do not edit.

export interface paths {
    "/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Every pipeline with all that the list shows, in one answer. */
        get: operations["listPipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get: operations["getPipeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put: operations["setPipelinePaused"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/history": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** @description The finished runs of a pipeline with all that belongs to them, for ever. */
        delete: operations["deleteHistory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/backfills": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Begins to run due times of the past, a few at once. Its runs are created one after the other. */
        post: operations["createBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/backfills/preview": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Which due times a backfill would run now, and why not the others. Changes nothing. */
        post: operations["previewBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backfills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listBackfills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backfills/{backfillId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backfillId: components["parameters"]["backfillId"];
            };
            cookie?: never;
        };
        get: operations["getBackfill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backfills/{backfillId}/state": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backfillId: components["parameters"]["backfillId"];
            };
            cookie?: never;
        };
        get?: never;
        /** @description Pauses it (what runs goes on), lets it go on, or cancels it: nothing of it starts any more, and its runs that are not over are cancelled. Idempotent. */
        put: operations["setBackfillState"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/step-cache": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        /** @description Results that tasks of later runs may reuse, newest first, at most 1,000. */
        get: operations["listStepCache"];
        put?: never;
        post?: never;
        /** @description Forgets these results; runs that reused one keep it. */
        delete: operations["clearStepCache"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
                version: number;
            };
            cookie?: never;
        };
        /** @description Definition and pinned sources; files that are no text come without content. */
        get: operations["getPipelineVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/grid": {
        parameters: {
            query?: {
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get: operations["getGrid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["triggerRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/why": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        /** @description Why the pipeline starts no run now, and what it waits for. */
        get: operations["whyPipelineWaits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        /** @description Webhooks of the current version; their secrets are never told again. */
        get: operations["listWebhooks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{name}/webhooks/{webhookId}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
                webhookId: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Makes a secret, or a new one; the one before is refused from then on. */
        post: operations["rotateWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Every asset that a pipeline produces or awaits, that had an event, or that tasks keep a state of. */
        get: operations["listAssets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asset-state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What tasks of Airflow keep beside an asset, as it is now. */
        get: operations["listAssetState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asset-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listAssetEvents"];
        put?: never;
        /** @description An event by hand. The same eventKey again gives the same event with status 200. */
        post: operations["emitAssetEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What the schedules will do, from due times and usual durations: runs, where they meet or want more than there is, and peaks. */
        get: operations["previewSchedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Invalid pipelines, with what is wrong and the last good version. */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sourced-pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Pipelines that come from a source, such as a folder of DAG files: what the catalog makes its entities of. */
        get: operations["listSourcedPipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Reads the catalog now instead of within 30 seconds. */
        post: operations["refreshPipelines"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get: operations["getRun"];
        put?: never;
        post?: never;
        /** @description With its logs, outputs, reports and events, for ever. Only a run that is over. */
        delete: operations["deleteRun"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Ends every task but what cleans up (teardowns, finally); the run fails with the reason "cancelled". Idempotent. */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/clear": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["clearTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/mark": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Gives tasks a state by hand. What could not run below them is looked at again. */
        post: operations["markTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/note": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get?: never;
        put: operations["setRunNote"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/why": {
        parameters: {
            query?: {
                taskId?: string;
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        /** @description One causal chain from the state to what would unblock it. */
        get: operations["whyNotRunning"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/tasks/{taskId}/attempts": {
        parameters: {
            query?: {
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/tasks/{taskId}/mapped": {
        parameters: {
            query?: {
                /** @description Only instances in this state */
                state?: components["schemas"]["TaskState"];
                /** @description Map index behind which the page begins */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        /** @description Instances of a mapped task, by map index; those that left with an earlier list only with state=removed. */
        get: operations["listMapped"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/tasks/{taskId}/approval": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Decides what a task asks people. Once: 409 when it was decided already, nothing waits, or it asks something else than what `since` says; 403 for somebody who is no approver. */
        post: operations["decideApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What waits for the decision of a person, oldest first, at most 1000. */
        get: operations["listApprovals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/tasks/{taskId}/state": {
        parameters: {
            query?: {
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        /** @description What a task of Airflow keeps for itself through its tries, as it is now. Nothing that has expired. */
        get: operations["listTaskState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/outputs": {
        parameters: {
            query?: {
                /** @description Only of this task */
                taskId?: string;
                /** @description Only of this instance */
                mapIndex?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get: operations["listOutputs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/outputs/value": {
        parameters: {
            query: {
                taskId: string;
                mapIndex?: components["parameters"]["mapIndex"];
                key: string;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        /** @description One output however large, with secrets hidden as in the list. */
        get: operations["downloadOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/events": {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{runId}/reports/{name}": {
        parameters: {
            query: {
                taskId: string;
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                name: string;
            };
            cookie?: never;
        };
        /** @description The bytes, with a Content-Security-Policy that lets nothing run or load. */
        get: operations["getReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attempts/{attemptId}/log": {
        parameters: {
            query?: {
                /** @description Byte offset; negative counts from the end */
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                attemptId: components["parameters"]["attemptId"];
            };
            cookie?: never;
        };
        get: operations["readLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attempts/{attemptId}/log/raw": {
        parameters: {
            query?: {
                offset?: number;
            };
            header?: never;
            path: {
                attemptId: components["parameters"]["attemptId"];
            };
            cookie?: never;
        };
        get: operations["downloadLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listConnections"];
        put?: never;
        /** @description Fails with 409 when the id exists. */
        post: operations["createConnection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/connections/{connId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        get: operations["getConnection"];
        /** @description Replaces all but secrets; a secret that is absent stays, an empty one is removed. */
        put: operations["updateConnection"];
        post?: never;
        delete: operations["deleteConnection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/connections/{connId}/test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["testConnection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/variables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listVariables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/variables/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        get: operations["getVariable"];
        put: operations["setVariable"];
        post?: never;
        delete: operations["deleteVariable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listPools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pools/{pool}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                pool: components["parameters"]["pool"];
            };
            cookie?: never;
        };
        get?: never;
        /** @description Makes or changes a pool. Tasks that have a slot keep it when there are fewer. */
        put: operations["setPool"];
        post?: never;
        /** @description Refused while tasks name it; with force they wait until there is one of its name again. */
        delete: operations["deletePool"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Executors, schedulers and counts, for the banner and for people on call. */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        BackfillRequest: {
            /**
             * Format: int64
             * @description First logical date, epoch milliseconds: a due time, or the start of its data interval where the schedule has such
             */
            from: number;
            /**
             * Format: int64
             * @description Last logical date; what is not due yet is not in it
             */
            to: number;
            /** @description Needed only where the pipeline has several */
            schedule?: string;
            params?: {
                [key: string]: unknown;
            };
            /**
             * @description Runs at once; they do not count for maxActiveRuns
             * @default 2
             */
            maxActive?: number;
            /**
             * @default oldest
             * @enum {string}
             */
            order?: "oldest" | "newest";
            only?: components["schemas"]["BackfillOnly"];
        };
        /**
         * @default missing
         * @enum {string}
         */
        BackfillOnly: "missing" | "failed" | "missing-or-failed" | "all";
        /** @enum {string} */
        BackfillLeftOut: "in_flight" | "succeeded" | "failed" | "deleted" | "never_ran";
        BackfillPreview: {
            schedule: string;
            /** @description Ascending; with a reason, one that is left out */
            due: {
                /** Format: int64 */
                at: number;
                reason?: components["schemas"]["BackfillLeftOut"];
            }[];
            toRun: number;
            leftOut: {
                reason: components["schemas"]["BackfillLeftOut"];
                count: number;
            }[];
        };
        /** @description Due times by what became of them; deleted are runs whose history is gone. */
        BackfillCounts: {
            waiting: number;
            queued: number;
            running: number;
            success: number;
            failed: number;
            leftOut: number;
            cancelled: number;
            deleted: number;
        };
        Backfill: {
            backfillId: string;
            pipeline: string;
            entityRef: string;
            schedule: string;
            /**
             * Format: int64
             * @description First logical date that was asked for; of a backfill from before schema 16 the first due time
             */
            from: number;
            /**
             * Format: int64
             * @description Last logical date that was asked for; of a backfill from before schema 16 the last instant of due times
             */
            to: number;
            only: components["schemas"]["BackfillOnly"];
            /** @enum {string} */
            order: "oldest" | "newest";
            maxActive: number;
            params: {
                [key: string]: unknown;
            };
            /**
             * @description One that is cancelled is over once endedAt is there
             * @enum {string}
             */
            state: "running" | "paused" | "cancelled" | "done";
            stateReason?: string;
            /** @description Due times in its range */
            total: number;
            counts: components["schemas"]["BackfillCounts"];
            /** Format: int64 */
            createdAt: number;
            createdBy: string;
            /** @description Who paused, unpaused or cancelled it */
            changedBy?: string;
            /** Format: int64 */
            endedAt?: number;
            /**
             * Format: int64
             * @description When it will be through if runs take as long as usual
             */
            etaAt?: number;
        };
        BackfillDetail: components["schemas"]["Backfill"] & {
            /** @description There are more than are listed */
            isCut: boolean;
            /** @description By due time, at most 2000 */
            members: {
                /** Format: int64 */
                dueAt: number;
                /** @enum {string} */
                outcome: "waiting" | "queued" | "running" | "success" | "failed" | "left_out" | "cancelled" | "deleted";
                reason?: string;
                runId?: string;
            }[];
        };
        SchedulePreview: {
            /** Format: int64 */
            from: number;
            /**
             * Format: int64
             * @description How far it looks; less than asked for where isCut
             */
            until: number;
            isCut: boolean;
            /**
             * Format: int64
             * @description Length of a step of starts and load
             */
            stepMs: number;
            /** @description Those with a schedule that is not paused, by name */
            pipelines: {
                name: string;
                runs: number;
                /** @description The first due times */
                next: number[];
                /** @description How many are due in each step that has any */
                starts: components["schemas"]["PreviewStep"][];
                /**
                 * Format: int64
                 * @description Usual duration; absent before the first success
                 */
                expectedMs?: number;
                /** @description Runs that have to wait for maxActiveRuns */
                waiting?: {
                    runs: number;
                    /** Format: int64 */
                    longestMs: number;
                    /** Format: int64 */
                    firstAt: number;
                };
            }[];
            /** @description By their first instant */
            collisions: {
                /** @enum {string} */
                kind: "same_instant" | "max_active_runs" | "max_active_tasks" | "pool";
                pipelines: string[];
                pool?: string;
                times: number;
                /** @description The first instants */
                at: number[];
                wanted: number;
                limit?: number;
            }[];
            /** @description When most runs go on at once, highest first */
            peaks: {
                /** Format: int64 */
                at: number;
                runs: number;
                pipelines: string[];
            }[];
            /** @description Most runs at once in each step that has any */
            load: components["schemas"]["PreviewStep"][];
            /** @description Pipelines whose schedules are paused; not forecast */
            paused: string[];
            /** @description Pipelines that asset events start too; nobody knows when */
            onAssets?: components["schemas"]["UnforeseenSchedule"][];
            /** @description Pipelines whose runs follow each other; not forecast */
            continuous?: components["schemas"]["UnforeseenSchedule"][];
        };
        UnforeseenSchedule: {
            name: string;
            scheduleText: string;
        };
        PreviewStep: {
            /** Format: int64 */
            at: number;
            runs: number;
        };
        TouchedTask: {
            taskId: string;
            mapIndex: number;
            state: components["schemas"]["TaskState"];
        };
        MarkRequest: {
            taskIds: string[];
            mapIndices?: components["schemas"]["MapIndices"];
            /** @enum {string} */
            state: "success" | "failed" | "skipped";
            /** @default false */
            dryRun?: boolean;
        };
        MarkResult: {
            dryRun: boolean;
            marked: components["schemas"]["TouchedTask"][];
            reset: components["schemas"]["TouchedTask"][];
        };
        StepCacheEntry: {
            key: string;
            taskId: string;
            /** @description Run that made it; it may be gone */
            runId: string;
            attemptId: string;
            /** Format: int64 */
            durationMs: number;
            /** Format: int64 */
            createdAt: number;
            /** Format: int64 */
            expiresAt: number;
            /** Format: int64 */
            usedAt: number;
            /** @description How often it was reused */
            hits: number;
        };
        HistoryExtent: {
            runs: number;
            /**
             * Format: int64
             * @description Of their logs, before compression
             */
            logBytes: number;
            reports: number;
        };
        /** @enum {string} */
        TaskState: "none" | "scheduled" | "queued" | "running" | "success" | "failed" | "up_for_retry" | "up_for_reschedule" | "deferred" | "skipped" | "upstream_failed" | "removed";
        /** @enum {string} */
        RunState: "queued" | "running" | "success" | "failed";
        /** @enum {string} */
        RunTrigger: "scheduled" | "manual" | "backfill" | "asset" | "api";
        /** @enum {string} */
        SlaState: "none" | "pending" | "at_risk" | "met" | "missed";
        /** @enum {string} */
        Severity: "info" | "warning" | "critical";
        /** @description One of the last runs in a list row. */
        RunDot: {
            runId: string;
            state: components["schemas"]["RunState"];
            stateReason?: string;
            trigger: components["schemas"]["RunTrigger"];
            /** Format: int64 */
            runAfter: number;
            /** Format: int64 */
            durationMs?: number;
            alertSeverity?: components["schemas"]["Severity"];
            slaState?: components["schemas"]["SlaState"];
        };
        PipelineSummary: {
            name: string;
            entityRef: string;
            ownerRef: string;
            type: string;
            title?: string;
            description?: string;
            tags: string[];
            paused: boolean;
            /** Format: int64 */
            pausedAt?: number;
            pausedBy?: string;
            removed: boolean;
            /** @description The schedules in words */
            scheduleText?: string;
            timezone?: string;
            /** Format: int64 */
            nextDueAt?: number;
            versionNumber?: number;
            taskCount: number;
            activeRuns: number;
            /** @description Questions that wait for a person */
            approvals?: number;
            /**
             * Format: int64
             * @description Deadline of runs by schedule (from the due time) and by assets; absent where the pipeline has no schedule, since other runs have none
             */
            slaMs?: number;
            slaState: components["schemas"]["SlaState"];
            /**
             * Format: int64
             * @description Of the run that slaState is about
             */
            slaDeadline?: number;
            /** Format: int64 */
            lastDurationMs?: number;
            lastRuns: components["schemas"]["RunDot"][];
            /** @description First problem when the entity is invalid now, with line and path */
            problem?: string;
        };
        PipelineDetail: components["schemas"]["PipelineSummary"] & {
            /** @description PipelineDefinition */
            definition: {
                [key: string]: unknown;
            };
            location?: string;
            /** @description What is wrong with the entity now; the last good version runs on */
            problems?: components["schemas"]["Problem"][];
            sourceRef?: string;
            /** Format: int64 */
            versionCreatedAt?: number;
            nextDueTimes?: number[];
        };
        PipelineVersion: {
            number: number;
            hash: string;
            sourceRef?: string;
            /** Format: int64 */
            createdAt: number;
            definition: {
                [key: string]: unknown;
            };
            files: {
                path: string;
                size: number;
                /** @description Absent when it is no text or over 1 MiB */
                content?: string;
            }[];
        };
        Problem: {
            /** @description Source file, when it is not the request */
            file?: string;
            path: string;
            message: string;
            expected?: string;
            line?: number;
            column?: number;
            /** @description Python’s own words, where a DAG file failed */
            traceback?: string;
        };
        SourcedPipelineEntry: {
            name: string;
            ownerRef: string;
            type: string;
            title?: string;
            description?: string;
            tags: string[];
            /** @description Such as airflow:ml/train.py */
            location: string;
        };
        PipelineProblems: {
            name: string;
            entityRef: string;
            location?: string;
            /** Format: int64 */
            since: number;
            problems: components["schemas"]["Problem"][];
            lastGoodVersion?: number;
        };
        TriggerRequest: {
            params?: {
                [key: string]: unknown;
            };
            runKey?: string;
            /** Format: int64 */
            logicalDate?: number;
            /** @description Of the partition that the run is about. Refused where the pipeline is not partitioned, or has no such key. */
            partitionKey?: string;
            note?: string;
            /** @description Gives no task the result of an earlier run */
            noCache?: boolean;
            /** @description Holds the run to the SLA of its pipeline, from its creation. Refused where the pipeline has none. */
            sla?: boolean;
        };
        RunSummary: {
            runId: string;
            pipeline: string;
            entityRef?: string;
            runKey: string;
            trigger: components["schemas"]["RunTrigger"];
            state: components["schemas"]["RunState"];
            stateReason?: string;
            /** Format: int64 */
            logicalDate?: number;
            /** Format: int64 */
            dataIntervalStart?: number;
            /** Format: int64 */
            dataIntervalEnd?: number;
            /** @description Of the partition that it is about */
            partitionKey?: string;
            /**
             * Format: int64
             * @description When the partition begins, where its key says so
             */
            partitionDate?: number;
            /** Format: int64 */
            runAfter: number;
            /** Format: int64 */
            createdAt: number;
            /** Format: int64 */
            startedAt?: number;
            /** Format: int64 */
            endedAt?: number;
            createdBy?: string;
            note?: string;
            versionNumber: number;
            clearCount: number;
            /** Format: int64 */
            revision: number;
            slaState: components["schemas"]["SlaState"];
            /** Format: int64 */
            slaDeadline?: number;
            alertCount: number;
            alertSeverity?: components["schemas"]["Severity"];
            /** Format: int64 */
            cancelRequestedAt?: number;
            /**
             * Format: int64
             * @description When what cleans up was ended too
             */
            cancelForcedAt?: number;
        };
        TaskInstance: {
            taskNo: number;
            taskId: string;
            mapIndex: number;
            state: components["schemas"]["TaskState"];
            reason?: string;
            tryNumber: number;
            maxTries: number;
            /** @description How many there were */
            attempts: number;
            latestAttemptId?: string;
            executor?: string;
            /** Format: int64 */
            readyAt?: number;
            /** Format: int64 */
            queuedAt?: number;
            /** Format: int64 */
            startedAt?: number;
            /** Format: int64 */
            endedAt?: number;
            /** Format: int64 */
            nextTryAt?: number;
            /** @description The result of an earlier run that it was given */
            cacheHit?: {
                /** @description It may be gone */
                runId: string;
                attemptId: string;
                /**
                 * Format: int64
                 * @description How long that attempt took
                 */
                savedMs: number;
            };
            slaState?: components["schemas"]["SlaState"];
            /** @description Of a mapped task, how many instances are in which state; they are listed by listMapped */
            mapped?: components["schemas"]["StateCounts"];
            /** @description Of an instance of a mapped task; absent when large */
            item?: unknown;
            /** @description Characters of the item as JSON */
            itemSize?: number;
            /** @description What an instance of a mapped task calls itself */
            label?: string;
            wait?: components["schemas"]["Wait"];
            /** @description Instances of a mapped task that wait for a decision; listApprovals has their questions */
            asking?: {
                count: number;
                /** @description Map index of the first one */
                first: number;
            };
        };
        /** @description By state; one that none is in is absent */
        StateCounts: {
            [key: string]: number;
        };
        MappedInstances: {
            items: components["schemas"]["TaskInstance"][];
            counts: components["schemas"]["StateCounts"];
            /** @description after of the next page */
            next?: number;
        };
        /** @description What a deferred task waits for */
        Wait: {
            /** @enum {string} */
            kind: "time" | "http" | "object" | "run" | "asset" | "call" | "approval" | "pipeline" | "trigger";
            what: string;
            /** Format: int64 */
            since: number;
            /** @description How often was looked */
            looks: number;
            /** Format: int64 */
            lookedAt?: number;
            /** @description What the last look found */
            answer?: string;
            /** Format: int64 */
            nextLookAt?: number;
            /**
             * Format: int64
             * @description When it gives up
             */
            timeoutAt?: number;
            /** @description The run that it started */
            runId?: string;
            /** @description The asset that it waits for */
            asset?: string;
            approval?: components["schemas"]["ApprovalQuestion"];
        };
        ApprovalQuestion: {
            message: string;
            /** @description It wants an answer and cannot be rejected */
            answer?: boolean;
            /** @description JSON Schema of what the decider fills in */
            input?: {
                [key: string]: unknown;
            };
            /** @description Empty means everybody with the permission */
            approvers: string[];
        };
        Approval: components["schemas"]["ApprovalQuestion"] & {
            runId: string;
            runKey: string;
            pipeline: string;
            taskId: string;
            mapIndex: number;
            /** Format: int64 */
            since: number;
            /** Format: int64 */
            timeoutAt?: number;
        };
        ApprovalDecision: {
            /** @enum {string} */
            decision: "approve" | "reject";
            input?: {
                [key: string]: unknown;
            };
            /** @description Of a mapped task, which of its instances asks */
            mapIndex?: number;
            /**
             * Format: int64
             * @description `since` of the question that is decided, as listed. A task that was cleared meanwhile asks anew, which is refused with 409
             */
            since?: number;
        };
        RunLink: {
            runId: string;
            pipeline: string;
            /** @description The task that started the other run */
            taskId: string;
            state: components["schemas"]["RunState"];
        };
        Alert: {
            /** Format: int64 */
            at: number;
            taskId?: string;
            mapIndex?: number;
            attemptId?: string;
            kind: string;
            severity: components["schemas"]["Severity"];
            message: string;
            values?: {
                [key: string]: unknown;
            };
        };
        Report: {
            taskId: string;
            mapIndex: number;
            name: string;
            title?: string;
            contentType: string;
            size: number;
            /** Format: int64 */
            createdAt: number;
        };
        RunDetail: components["schemas"]["RunSummary"] & {
            params: {
                [key: string]: unknown;
            };
            /** @description No task is given the result of an earlier run */
            noCache?: boolean;
            /** @description PipelineDefinition that the run is pinned to */
            definition: {
                [key: string]: unknown;
            };
            tasks: components["schemas"]["TaskInstance"][];
            alerts: components["schemas"]["Alert"][];
            reports: components["schemas"]["Report"][];
            parent?: components["schemas"]["RunLink"];
            /** @description Runs that its tasks started, newest first */
            subRuns?: components["schemas"]["RunLink"][];
            /** @description Asset events that started it, newest first; at most 50 */
            startedBy?: components["schemas"]["AssetEvent"][];
            /** @description Asset events of its tasks with what became of them, newest first; at most 100 */
            assetEvents?: components["schemas"]["AssetEvent"][];
        };
        /** @description Only these instances of the one mapped task in taskIds */
        MapIndices: number[];
        ClearRequest: {
            /** @description Without these and groups all tasks */
            taskIds?: string[];
            /** @description Groups with all their tasks */
            groupIds?: string[];
            mapIndices?: components["schemas"]["MapIndices"];
            /** @default true */
            downstream?: boolean;
            /** @default false */
            upstream?: boolean;
            /** @default false */
            onlyFailed?: boolean;
            /**
             * @description What failed or could not run and all below that; the choices above say nothing then
             * @default false
             */
            fromFailed?: boolean;
            /**
             * @description Also in runs of later logical dates, each a transaction of its own
             * @default false
             */
            future?: boolean;
            /**
             * @description Also in runs of earlier logical dates
             * @default false
             */
            past?: boolean;
            /** @default false */
            dryRun?: boolean;
        };
        ClearedRun: {
            runId: string;
            /** Format: int64 */
            logicalDate?: number;
            /** @description Task instances; 0 with a reason */
            tasks: number;
            reason?: string;
        };
        Webhook: {
            id: string;
            /** @description Below the address of this API, to be sent to by POST */
            path: string;
            hasSecret: boolean;
            /** Format: int64 */
            rotatedAt?: number;
            rotatedBy?: string;
            /**
             * Format: int64
             * @description Last request with the right secret
             */
            deliveredAt?: number;
            params: {
                [key: string]: string;
            };
        };
        WebhookSecret: {
            id: string;
            path: string;
            secret: string;
        };
        Asset: {
            /** @description An alias of assets, which tasks of Airflow give events through, begins with @ */
            name: string;
            /** @description Of an alias: assets that had an event through it; at most 100 */
            standsFor?: string[];
            producers: {
                pipeline: string;
                entityRef: string;
                taskId: string;
                /** @description Kind of the alert; absent for a success */
                alert?: string;
            }[];
            consumers: {
                pipeline: string;
                entityRef: string;
                scheduleId: string;
                scheduleText: string;
                paused: boolean;
                /** @description Assets that it still waits for, where an event waits */
                missing?: string[];
                /** Format: int64 */
                waitingSince?: number;
                /** Format: int64 */
                cooldownUntil?: number;
            }[];
            /** @description Tasks that wait for it in their runs */
            waiters: {
                pipeline: string;
                entityRef: string;
                taskId: string;
            }[];
            lastEvent?: components["schemas"]["AssetEvent"];
        };
        AssetEvent: {
            /** Format: int64 */
            id: number;
            asset: string;
            /** @description Names of the aliases through which it came, without the @ */
            aliases?: string[];
            /** Format: int64 */
            at: number;
            /** @enum {string} */
            source: "task" | "alert" | "manual";
            pipeline?: string;
            /** @description Absent by hand and for a deleted run */
            runId?: string;
            taskId?: string;
            attemptId?: string;
            actor?: string;
            /** @description Small JSON */
            extra?: unknown;
            /** @description Of the partition that it is about */
            partitionKey?: string;
            /** @description One for each schedule that awaited it and has decided */
            outcomes: {
                pipeline: string;
                entityRef: string;
                scheduleId: string;
                /** @enum {string} */
                outcome: "run" | "waiting" | "skipped";
                runId?: string;
                reason?: string;
                /** Format: int64 */
                decidedAt: number;
            }[];
        };
        Why: {
            chain: {
                code: string;
                message: string;
                /** Format: int64 */
                since?: number;
                /**
                 * Format: int64
                 * @description When it ends by itself
                 */
                until?: number;
                names: string[];
                action?: {
                    label: string;
                    kind: string;
                    target?: string;
                    /** @description The same in a terminal */
                    command?: string;
                };
            }[];
        };
        Attempt: {
            attemptId: string;
            seq: number;
            tryNumber: number;
            resumeNo?: number;
            countsAsRetry: boolean;
            /** @enum {string} */
            state: "claimed" | "launched" | "running" | "ended";
            executor: string;
            executorInstance?: string;
            /** Format: int64 */
            claimedAt: number;
            /** Format: int64 */
            launchedAt?: number;
            /** Format: int64 */
            startedAt?: number;
            /** Format: int64 */
            endedAt?: number;
            cancelReason?: string;
            /** @enum {string} */
            result?: "success" | "failed" | "skipped";
            failure?: string;
            exitCode?: number;
            signal?: string;
            message?: string;
            /** @description What followed from its end */
            followUp?: {
                /**
                 * @description With reschedule the same try goes on in another attempt
                 * @enum {string}
                 */
                action: "retry" | "fail" | "skip" | "reschedule";
                /** @description With retry, whether it ate one of the retries */
                counted?: boolean;
                /**
                 * Format: int64
                 * @description With retry and reschedule, when the next one was to start
                 */
                nextTryAt?: number;
                /** @description Why it is not repeated */
                reason?: string;
                deferral?: components["schemas"]["AttemptDeferral"];
            };
            object?: string;
            command?: string[];
            env?: {
                [key: string]: string;
            };
            inputs?: {
                [key: string]: unknown;
            };
            image?: string;
            imageDigest?: string;
            /**
             * @description none wrote nothing; removed went by retention
             * @enum {string}
             */
            logState: "open" | "sealed" | "none" | "removed";
            /** Format: int64 */
            logBytes: number;
            logGap?: string;
            logCompleteness?: components["schemas"]["LogCompleteness"];
        };
        Output: {
            taskId: string;
            mapIndex: number;
            key: string;
            /** @description Absent when larger than 64 KiB */
            value?: unknown;
            size: number;
            /** Format: int64 */
            createdAt: number;
            /** @description Which attempt wrote it */
            attemptId?: string;
            /** @description The try of that attempt */
            tryNumber?: number;
        };
        RunEvent: {
            seq: number;
            /** Format: int64 */
            at: number;
            type: string;
            actor?: string;
            attemptId?: string;
            body: {
                [key: string]: unknown;
            };
        };
        /** @description What it waited for without a process after its end, and what came of it */
        AttemptDeferral: {
            /** @description Class of the trigger; absent where it asked people */
            trigger?: string;
            /** @description Of the operator; the next attempt goes on with it */
            method: string;
            /**
             * Format: int64
             * @description Since when it waits
             */
            at: number;
            /** Format: int64 */
            timeoutAt?: number;
            /**
             * Format: int64
             * @description Absent while it waits
             */
            endedAt?: number;
            /**
             * @description What ended it. The trigger had an event, failed, or ended the task; its time was over; somebody answered, or nobody did and the default counts; the task was cleared, marked or cancelled; or its arguments cannot be read any more
             * @enum {string}
             */
            end?: "event" | "trigger_failed" | "trigger_ended" | "timeout" | "answer" | "default" | "left" | "unreadable";
            /** @description The event as JSON, what the trigger raised, who answered, or why; secrets hidden, at most 1000 characters */
            detail?: string;
        };
        /** @description A key in the state store of a task or an asset */
        StoredState: {
            key: string;
            /** @description JSON */
            value: unknown;
            /** Format: int64 */
            updatedAt: number;
            /** @description Of an asset the DAG and the task */
            updatedBy?: string;
            /** Format: int64 */
            expiresAt?: number;
        };
        /**
         * @description Whether the stored log is all that the task wrote; unknown when nobody can tell. Absent while it grows and nothing is missing so far
         * @enum {string}
         */
        LogCompleteness: "complete" | "gap" | "unknown";
        LogPage: {
            text: string;
            /** Format: int64 */
            offset: number;
            /** Format: int64 */
            nextOffset: number;
            /**
             * Format: int64
             * @description Bytes stored so far
             */
            size: number;
            /** @description No more will come after nextOffset */
            end: boolean;
            /** @description Says what is missing and why */
            gap?: string;
            completeness?: components["schemas"]["LogCompleteness"];
        };
        Grid: {
            /** @description Task ids of the rows */
            tasks: string[];
            /** @description Groups of the current version, an outer one before those in it */
            groups?: {
                id: string;
                title?: string;
                parent?: string;
                /** @description All in it and those of groups in it too */
                taskIds: string[];
            }[];
            /** @description Newest first */
            runs: (components["schemas"]["RunDot"] & {
                versionNumber: number;
                /** Format: int64 */
                logicalDate?: number;
                partitionKey?: string;
                /** Format: int64 */
                startedAt?: number;
                /** @description By task id; a task that the version does not have is absent */
                cells: {
                    [key: string]: {
                        state: components["schemas"]["TaskState"];
                        /** Format: int64 */
                        durationMs?: number;
                        tries?: number;
                        /** @description It was given the result of an earlier run */
                        reused?: boolean;
                        counts?: components["schemas"]["StateCounts"];
                        /** @description How many there are when the task is mapped */
                        instances?: number;
                    };
                };
            })[];
            nextCursor?: string;
        };
        Connection: {
            connId: string;
            connType: string;
            host?: string;
            port?: number;
            login?: string;
            schema?: string;
            hasPassword: boolean;
            /** @description Keys only; values may be secret */
            extraKeys: string[];
            description?: string;
            revision: number;
            /** Format: int64 */
            updatedAt: number;
            updatedBy: string;
            /** @description Names of pipelines */
            usedBy: string[];
            lastTest?: components["schemas"]["ConnectionTest"];
        };
        ConnectionWrite: {
            connId: string;
            connType: string;
            host?: string;
            port?: number;
            login?: string;
            password?: string;
            schema?: string;
            extra?: {
                [key: string]: unknown;
            };
            description?: string;
        };
        ConnectionTest: {
            /** Format: int64 */
            at: number;
            ok: boolean;
            steps: {
                /** @enum {string} */
                step: "resolve" | "connect" | "authenticate" | "answer";
                ok: boolean;
                durationMs: number;
                message?: string;
            }[];
        };
        Variable: {
            key: string;
            /** @description Absent when secret */
            value?: string;
            secret: boolean;
            description?: string;
            revision: number;
            /** Format: int64 */
            updatedAt: number;
            updatedBy: string;
            usedBy: string[];
        };
        Pool: {
            name: string;
            slots: number;
            /** @description Tasks that have a slot now */
            used: number;
            /** @description Tasks that are ready and have none */
            waiting: number;
            description?: string;
            /** Format: int64 */
            updatedAt: number;
            /** @description Pipelines whose tasks name it */
            usedBy: string[];
        };
        EngineStatus: {
            /** Format: int64 */
            now: number;
            ok: boolean;
            message?: string;
            /** @description Executor of tasks that name none */
            defaultExecutor?: string;
            executors: {
                name: string;
                ok: boolean;
                message?: string;
                maxParallel: number;
                live: number;
                honoursResources?: boolean;
            }[];
            /** @description Backend processes of the last day, the oldest first */
            schedulers?: {
                /** @description New at each start */
                name: string;
                host: string;
                /** @enum {string} */
                role: "all" | "portal" | "scheduler";
                version: string;
                /** Format: int64 */
                startedAt: number;
                /** Format: int64 */
                seenAt: number;
                /** @description Heard of a moment ago */
                alive: boolean;
                /** @description The one that answers */
                self: boolean;
                executors: string[];
                /** @description What it cannot launch on and why */
                message?: string;
            }[];
            runs: {
                queued: number;
                running: number;
            };
            tasks: {
                scheduled: number;
                queued: number;
                running: number;
            };
        };
    };
    responses: {
        /** @description What went wrong, where, and what to do next */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error: {
                        name: string;
                        message: string;
                    };
                    problems?: components["schemas"]["Problem"][];
                };
            };
        };
    };
    parameters: {
        name: string;
        runId: string;
        backfillId: string;
        attemptId: string;
        connId: string;
        key: string;
        pool: string;
        mapIndex: number;
        /** @description nextCursor of the page before */
        cursor: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listPipelines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pipelines by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["PipelineSummary"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPipeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline and its current definition */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setPipelinePaused: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    paused: boolean;
                };
            };
        };
        responses: {
            /** @description The pipeline as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteHistory: {
        parameters: {
            query?: {
                /** @description Only those that ended earlier, epoch milliseconds */
                before?: number;
                /** @description Deletes nothing and tells what would go */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What went, or would go */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryExtent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createBackfill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackfillRequest"];
            };
        };
        responses: {
            /** @description The backfill */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backfill"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    previewBackfill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackfillRequest"];
            };
        };
        responses: {
            /** @description The due times of the range */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillPreview"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listBackfills: {
        parameters: {
            query?: {
                pipeline?: string;
                /** @description Only those that are not over */
                live?: boolean;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Backfill"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getBackfill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backfillId: components["parameters"]["backfillId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backfill with its due times */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setBackfillState: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backfillId: components["parameters"]["backfillId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    state: "running" | "paused" | "cancelled";
                };
            };
        };
        responses: {
            /** @description The backfill as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backfill"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listStepCache: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Results */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["StepCacheEntry"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    clearStepCache: {
        parameters: {
            query?: {
                /** @description Only those of this task */
                taskId?: string;
            };
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many went */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPipelineVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineVersion"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getGrid: {
        parameters: {
            query?: {
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tasks × runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grid"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    triggerRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TriggerRequest"];
            };
        };
        responses: {
            /** @description A run with that runKey existed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            /** @description The run. The same runKey again gives the same run with status 200. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    whyPipelineWaits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The chain; one link for each schedule that waits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Why"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order of the pipeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    rotateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: components["parameters"]["name"];
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret, told this once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAssets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Asset"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAssetState: {
        parameters: {
            query: {
                asset: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By key, at most 1000 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["StoredState"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAssetEvents: {
        parameters: {
            query?: {
                /** @description Only of this one; or, @name, through this alias */
                asset?: string;
                limit?: number;
                /** @description Id of the last event of the page before */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, with what became of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AssetEvent"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    emitAssetEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    asset: string;
                    /** @description Any JSON, at most 2 KiB; the run sees it */
                    extra?: unknown;
                    /** @description Of the partition of the asset that it is about; such an event is told to schedules of partitions alone */
                    partitionKey?: string;
                    eventKey?: string;
                };
            };
        };
        responses: {
            /** @description An event with that eventKey existed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetEvent"];
                };
            };
            /** @description The event; who waits for it decides right after */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    previewSchedule: {
        parameters: {
            query?: {
                days?: number;
                /** @description Only what concerns this one */
                pipeline?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The forecast */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePreview"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Problems */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["PipelineProblems"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listSourcedPipelines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pipelines by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["SourcedPipelineEntry"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    refreshPipelines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        pipelines: number;
                        changed: number;
                        problems: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listRuns: {
        parameters: {
            query?: {
                pipeline?: string;
                state?: components["schemas"]["RunState"];
                trigger?: components["schemas"]["RunTrigger"];
                /** @description Id of a backfill; only its runs. 404 without such a one. */
                backfill?: string;
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["RunSummary"][];
                        nextCursor?: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run with its task instances, alerts and reports */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    cancelRun: {
        parameters: {
            query?: {
                /** @description Ends what cleans up too, also of a run that was cancelled before */
                force?: boolean;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    clearTasks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClearRequest"];
            };
        };
        responses: {
            /** @description What is (or, with dryRun, would be) cleared */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dryRun: boolean;
                        tasks: {
                            taskId: string;
                            mapIndex: number;
                            state: components["schemas"]["TaskState"];
                        }[];
                        /** @description With future or past, the other runs in which something is cleared */
                        others?: components["schemas"]["ClearedRun"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    markTasks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkRequest"];
            };
        };
        responses: {
            /** @description What is (or, with dryRun, would be) touched, with its state before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkResult"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setRunNote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    note: string;
                };
            };
        };
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    whyNotRunning: {
        parameters: {
            query?: {
                taskId?: string;
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The chain, empty when nothing waits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Why"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAttempts: {
        parameters: {
            query?: {
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Attempt"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listMapped: {
        parameters: {
            query?: {
                /** @description Only instances in this state */
                state?: components["schemas"]["TaskState"];
                /** @description Map index behind which the page begins */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of instances, and how many there are in which state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MappedInstances"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    decideApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApprovalDecision"];
            };
        };
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listApprovals: {
        parameters: {
            query?: {
                pipeline?: string;
                runId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open questions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Approval"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listTaskState: {
        parameters: {
            query?: {
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By key, at most 1000 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["StoredState"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listOutputs: {
        parameters: {
            query?: {
                /** @description Only of this task */
                taskId?: string;
                /** @description Only of this instance */
                mapIndex?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Outputs by task, map index and key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Output"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    downloadOutput: {
        parameters: {
            query: {
                taskId: string;
                mapIndex?: components["parameters"]["mapIndex"];
                key: string;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The value as JSON text */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["RunEvent"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getReport: {
        parameters: {
            query: {
                taskId: string;
                mapIndex?: components["parameters"]["mapIndex"];
            };
            header?: never;
            path: {
                runId: components["parameters"]["runId"];
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report in its own content type */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    readLog: {
        parameters: {
            query?: {
                /** @description Byte offset; negative counts from the end */
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                attemptId: components["parameters"]["attemptId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text of whole UTF-8 characters; bytes that are none become U+FFFD */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    downloadLog: {
        parameters: {
            query?: {
                offset?: number;
            };
            header?: never;
            path: {
                attemptId: components["parameters"]["attemptId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes as stored; header maestro-log-end is true when no more will come */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listConnections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By id, secrets never */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Connection"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createConnection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectionWrite"];
            };
        };
        responses: {
            /** @description The connection */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectionWrite"];
            };
        };
        responses: {
            /** @description The connection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    testConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connId: components["parameters"]["connId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Resolve, connect, authenticate, answer, as far as it got */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionTest"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listVariables: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Variable"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getVariable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The variable */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Variable"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setVariable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    value: string;
                    description?: string;
                    /** @description Absent: stays what it is, not secret for a new one */
                    secret?: boolean;
                };
            };
        };
        responses: {
            /** @description The variable */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Variable"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteVariable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listPools: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Pool"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                pool: components["parameters"]["pool"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description With 0 no task of it starts */
                    slots: number;
                    /** @description Absent: stays what it is; empty: none */
                    description?: string;
                };
            };
        };
        responses: {
            /** @description The pool */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pool"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deletePool: {
        parameters: {
            query?: {
                /** @description Also while tasks name it */
                force?: boolean;
            };
            header?: never;
            path: {
                pool: components["parameters"]["pool"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State of the engine */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineStatus"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
}
