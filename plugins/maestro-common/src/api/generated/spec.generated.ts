/* eslint-disable */
// Made from src/api/openapi.yaml by scripts/generate-api.mjs; do not edit.

/** The OpenAPI document. @public */
export const spec = {
  "openapi": "3.1.0",
  "info": {
    "title": "maestro",
    "version": "1",
    "description": "HTTP API of Maestro. Instants are epoch milliseconds UTC, durations milliseconds, lists are newest first and paged by an opaque cursor.\n"
  },
  "servers": [
    {
      "url": "/"
    }
  ],
  "paths": {
    "/pipelines": {
      "get": {
        "operationId": "listPipelines",
        "description": "Every pipeline with all that the list shows, in one answer.",
        "responses": {
          "200": {
            "description": "Pipelines by name",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/PipelineSummary"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "get": {
        "operationId": "getPipeline",
        "responses": {
          "200": {
            "description": "The pipeline and its current definition",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PipelineDetail"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/pause": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "put": {
        "operationId": "setPipelinePaused",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "paused"
                ],
                "additionalProperties": false,
                "properties": {
                  "paused": {
                    "type": "boolean"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The pipeline as it is now",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PipelineSummary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/history": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "delete": {
        "operationId": "deleteHistory",
        "description": "The finished runs of a pipeline with all that belongs to them, for ever.",
        "parameters": [
          {
            "name": "before",
            "in": "query",
            "description": "Only those that ended earlier, epoch milliseconds",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9007199254740991
            }
          },
          {
            "name": "dryRun",
            "in": "query",
            "description": "Deletes nothing and tells what would go",
            "schema": {
              "type": "boolean",
              "default": false
            }
          }
        ],
        "responses": {
          "200": {
            "description": "What went, or would go",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/HistoryExtent"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/backfills": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "post": {
        "operationId": "createBackfill",
        "description": "Begins to run due times of the past, a few at once. Its runs are created one after the other.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/BackfillRequest"
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The backfill",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Backfill"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/backfills/preview": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "post": {
        "operationId": "previewBackfill",
        "description": "Which due times a backfill would run now, and why not the others. Changes nothing.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/BackfillRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The due times of the range",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/BackfillPreview"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/backfills": {
      "get": {
        "operationId": "listBackfills",
        "parameters": [
          {
            "name": "pipeline",
            "in": "query",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 250
            }
          },
          {
            "name": "live",
            "in": "query",
            "description": "Only those that are not over",
            "schema": {
              "type": "boolean",
              "default": false
            }
          },
          {
            "name": "limit",
            "in": "query",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 200,
              "default": 50
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Newest first",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Backfill"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/backfills/{backfillId}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/backfillId"
        }
      ],
      "get": {
        "operationId": "getBackfill",
        "responses": {
          "200": {
            "description": "The backfill with its due times",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/BackfillDetail"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/backfills/{backfillId}/state": {
      "parameters": [
        {
          "$ref": "#/components/parameters/backfillId"
        }
      ],
      "put": {
        "operationId": "setBackfillState",
        "description": "Pauses it (what runs goes on), lets it go on, or cancels it: nothing of it starts any more, and its runs that are not over are cancelled. Idempotent.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "state"
                ],
                "additionalProperties": false,
                "properties": {
                  "state": {
                    "type": "string",
                    "enum": [
                      "running",
                      "paused",
                      "cancelled"
                    ]
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The backfill as it is now",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Backfill"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/step-cache": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "get": {
        "operationId": "listStepCache",
        "description": "Results that tasks of later runs may reuse, newest first, at most 1,000.",
        "responses": {
          "200": {
            "description": "Results",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/StepCacheEntry"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "delete": {
        "operationId": "clearStepCache",
        "description": "Forgets these results; runs that reused one keep it.",
        "parameters": [
          {
            "name": "taskId",
            "in": "query",
            "description": "Only those of this task",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 200
            }
          }
        ],
        "responses": {
          "200": {
            "description": "How many went",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "removed"
                  ],
                  "properties": {
                    "removed": {
                      "type": "integer"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/versions/{version}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "name": "version",
          "in": "path",
          "required": true,
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2147483647
          }
        }
      ],
      "get": {
        "operationId": "getPipelineVersion",
        "description": "Definition and pinned sources; files that are no text come without content.",
        "responses": {
          "200": {
            "description": "The version",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PipelineVersion"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/grid": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "name": "limit",
          "in": "query",
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 400,
            "default": 50
          }
        },
        {
          "$ref": "#/components/parameters/cursor"
        }
      ],
      "get": {
        "operationId": "getGrid",
        "responses": {
          "200": {
            "description": "Tasks × runs",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Grid"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/runs": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "post": {
        "operationId": "triggerRun",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/TriggerRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "A run with that runKey existed",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunSummary"
                }
              }
            }
          },
          "201": {
            "description": "The run. The same runKey again gives the same run with status 200.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunSummary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/why": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "get": {
        "operationId": "whyPipelineWaits",
        "description": "Why the pipeline starts no run now, and what it waits for.",
        "responses": {
          "200": {
            "description": "The chain; one link for each schedule that waits",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Why"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/webhooks": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "get": {
        "operationId": "listWebhooks",
        "description": "Webhooks of the current version; their secrets are never told again.",
        "responses": {
          "200": {
            "description": "In the order of the pipeline",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Webhook"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pipelines/{name}/webhooks/{webhookId}/secret": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "name": "webhookId",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string",
            "maxLength": 200
          }
        }
      ],
      "post": {
        "operationId": "rotateWebhook",
        "description": "Makes a secret, or a new one; the one before is refused from then on.",
        "responses": {
          "200": {
            "description": "The secret, told this once",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/WebhookSecret"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/assets": {
      "get": {
        "operationId": "listAssets",
        "description": "Every asset that a pipeline produces or awaits, that had an event, or that tasks keep a state of.\n",
        "responses": {
          "200": {
            "description": "By name",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Asset"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/asset-state": {
      "get": {
        "operationId": "listAssetState",
        "description": "What tasks of Airflow keep beside an asset, as it is now.",
        "parameters": [
          {
            "name": "asset",
            "in": "query",
            "required": true,
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 250
            }
          }
        ],
        "responses": {
          "200": {
            "description": "By key, at most 1000",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/StoredState"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/asset-events": {
      "get": {
        "operationId": "listAssetEvents",
        "parameters": [
          {
            "name": "asset",
            "in": "query",
            "description": "Only of this one; or, @name, through this alias",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 251
            }
          },
          {
            "name": "limit",
            "in": "query",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 500,
              "default": 50
            }
          },
          {
            "name": "before",
            "in": "query",
            "description": "Id of the last event of the page before",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 9007199254740991
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Newest first, with what became of each",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/AssetEvent"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "post": {
        "operationId": "emitAssetEvent",
        "description": "An event by hand. The same eventKey again gives the same event with status 200.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "asset"
                ],
                "additionalProperties": false,
                "properties": {
                  "asset": {
                    "type": "string",
                    "pattern": "^@?[A-Za-z0-9_./:-]{1,250}$"
                  },
                  "extra": {
                    "description": "Any JSON, at most 2 KiB; the run sees it"
                  },
                  "partitionKey": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 250,
                    "description": "Of the partition of the asset that it is about; such an event is told to schedules of partitions alone"
                  },
                  "eventKey": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 200
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "An event with that eventKey existed",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/AssetEvent"
                }
              }
            }
          },
          "201": {
            "description": "The event; who waits for it decides right after",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/AssetEvent"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/schedule/preview": {
      "get": {
        "operationId": "previewSchedule",
        "description": "What the schedules will do, from due times and usual durations: runs, where they meet or want more than there is, and peaks.\n",
        "parameters": [
          {
            "name": "days",
            "in": "query",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 400,
              "default": 90
            }
          },
          {
            "name": "pipeline",
            "in": "query",
            "description": "Only what concerns this one",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 250
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The forecast",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SchedulePreview"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/problems": {
      "get": {
        "operationId": "listProblems",
        "description": "Invalid pipelines, with what is wrong and the last good version.",
        "responses": {
          "200": {
            "description": "Problems",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/PipelineProblems"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/sourced-pipelines": {
      "get": {
        "operationId": "listSourcedPipelines",
        "description": "Pipelines that come from a source, such as a folder of DAG files: what the catalog makes its entities of.",
        "responses": {
          "200": {
            "description": "Pipelines by name",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/SourcedPipelineEntry"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/refresh": {
      "post": {
        "operationId": "refreshPipelines",
        "description": "Reads the catalog now instead of within 30 seconds.",
        "responses": {
          "200": {
            "description": "What was found",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "pipelines",
                    "changed",
                    "problems"
                  ],
                  "properties": {
                    "pipelines": {
                      "type": "integer"
                    },
                    "changed": {
                      "type": "integer"
                    },
                    "problems": {
                      "type": "integer"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs": {
      "get": {
        "operationId": "listRuns",
        "parameters": [
          {
            "name": "pipeline",
            "in": "query",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 250
            }
          },
          {
            "name": "state",
            "in": "query",
            "schema": {
              "$ref": "#/components/schemas/RunState"
            }
          },
          {
            "name": "trigger",
            "in": "query",
            "schema": {
              "$ref": "#/components/schemas/RunTrigger"
            }
          },
          {
            "name": "backfill",
            "in": "query",
            "description": "Id of a backfill; only its runs. 404 without such a one.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 64
            }
          },
          {
            "name": "limit",
            "in": "query",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 500,
              "default": 50
            }
          },
          {
            "$ref": "#/components/parameters/cursor"
          }
        ],
        "responses": {
          "200": {
            "description": "Newest first",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/RunSummary"
                      }
                    },
                    "nextCursor": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        }
      ],
      "get": {
        "operationId": "getRun",
        "responses": {
          "200": {
            "description": "The run with its task instances, alerts and reports",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunDetail"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "delete": {
        "operationId": "deleteRun",
        "description": "With its logs, outputs, reports and events, for ever. Only a run that is over.",
        "responses": {
          "204": {
            "description": "It is gone"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/cancel": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        }
      ],
      "post": {
        "operationId": "cancelRun",
        "description": "Ends every task but what cleans up (teardowns, finally); the run fails with the reason \"cancelled\". Idempotent.",
        "parameters": [
          {
            "name": "force",
            "in": "query",
            "description": "Ends what cleans up too, also of a run that was cancelled before",
            "schema": {
              "type": "boolean",
              "default": false
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The run as it is now",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunSummary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/clear": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        }
      ],
      "post": {
        "operationId": "clearTasks",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ClearRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What is (or, with dryRun, would be) cleared",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "dryRun",
                    "tasks"
                  ],
                  "properties": {
                    "dryRun": {
                      "type": "boolean"
                    },
                    "tasks": {
                      "type": "array",
                      "items": {
                        "type": "object",
                        "required": [
                          "taskId",
                          "mapIndex",
                          "state"
                        ],
                        "properties": {
                          "taskId": {
                            "type": "string"
                          },
                          "mapIndex": {
                            "type": "integer"
                          },
                          "state": {
                            "$ref": "#/components/schemas/TaskState"
                          }
                        }
                      }
                    },
                    "others": {
                      "type": "array",
                      "description": "With future or past, the other runs in which something is cleared",
                      "items": {
                        "$ref": "#/components/schemas/ClearedRun"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/mark": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        }
      ],
      "post": {
        "operationId": "markTasks",
        "description": "Gives tasks a state by hand. What could not run below them is looked at again.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/MarkRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What is (or, with dryRun, would be) touched, with its state before",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MarkResult"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/note": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        }
      ],
      "put": {
        "operationId": "setRunNote",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "note"
                ],
                "additionalProperties": false,
                "properties": {
                  "note": {
                    "type": "string",
                    "maxLength": 10000
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The run as it is now",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunSummary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/why": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "query",
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250
          }
        },
        {
          "$ref": "#/components/parameters/mapIndex"
        }
      ],
      "get": {
        "operationId": "whyNotRunning",
        "description": "One causal chain from the state to what would unblock it.",
        "responses": {
          "200": {
            "description": "The chain, empty when nothing waits",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Why"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/tasks/{taskId}/attempts": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string"
          }
        },
        {
          "$ref": "#/components/parameters/mapIndex"
        }
      ],
      "get": {
        "operationId": "listAttempts",
        "responses": {
          "200": {
            "description": "Oldest first",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Attempt"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/tasks/{taskId}/mapped": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string"
          }
        },
        {
          "name": "state",
          "in": "query",
          "description": "Only instances in this state",
          "schema": {
            "$ref": "#/components/schemas/TaskState"
          }
        },
        {
          "name": "after",
          "in": "query",
          "description": "Map index behind which the page begins",
          "schema": {
            "type": "integer",
            "minimum": -1,
            "maximum": 100000,
            "default": -1
          }
        },
        {
          "name": "limit",
          "in": "query",
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 200
          }
        }
      ],
      "get": {
        "operationId": "listMapped",
        "description": "Instances of a mapped task, by map index; those that left with an earlier list only with state=removed.",
        "responses": {
          "200": {
            "description": "A page of instances, and how many there are in which state",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MappedInstances"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/tasks/{taskId}/approval": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string",
            "maxLength": 200
          }
        }
      ],
      "post": {
        "operationId": "decideApproval",
        "description": "Decides what a task asks people. Once: 409 when it was decided already, nothing waits, or it asks something else than what `since` says; 403 for somebody who is no approver.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ApprovalDecision"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The run as it is now",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunSummary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/approvals": {
      "get": {
        "operationId": "listApprovals",
        "description": "What waits for the decision of a person, oldest first, at most 1000.",
        "parameters": [
          {
            "name": "pipeline",
            "in": "query",
            "schema": {
              "type": "string",
              "maxLength": 250
            }
          },
          {
            "name": "runId",
            "in": "query",
            "schema": {
              "type": "string",
              "maxLength": 250
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Open questions",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Approval"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/tasks/{taskId}/state": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string",
            "maxLength": 250
          }
        },
        {
          "$ref": "#/components/parameters/mapIndex"
        }
      ],
      "get": {
        "operationId": "listTaskState",
        "description": "What a task of Airflow keeps for itself through its tries, as it is now. Nothing that has expired.\n",
        "responses": {
          "200": {
            "description": "By key, at most 1000",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/StoredState"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/outputs": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "query",
          "description": "Only of this task",
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250
          }
        },
        {
          "name": "mapIndex",
          "in": "query",
          "description": "Only of this instance",
          "schema": {
            "type": "integer",
            "minimum": -1,
            "maximum": 100000
          }
        }
      ],
      "get": {
        "operationId": "listOutputs",
        "responses": {
          "200": {
            "description": "Outputs by task, map index and key",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Output"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/outputs/value": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "taskId",
          "in": "query",
          "required": true,
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250
          }
        },
        {
          "$ref": "#/components/parameters/mapIndex"
        },
        {
          "name": "key",
          "in": "query",
          "required": true,
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256
          }
        }
      ],
      "get": {
        "operationId": "downloadOutput",
        "description": "One output however large, with secrets hidden as in the list.",
        "responses": {
          "200": {
            "description": "The value as JSON text",
            "content": {
              "application/octet-stream": {
                "schema": {
                  "type": "string",
                  "format": "binary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/events": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "after",
          "in": "query",
          "schema": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991,
            "default": 0
          }
        },
        {
          "name": "limit",
          "in": "query",
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 200
          }
        }
      ],
      "get": {
        "operationId": "listEvents",
        "responses": {
          "200": {
            "description": "Oldest first",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/RunEvent"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/runs/{runId}/reports/{name}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/runId"
        },
        {
          "name": "name",
          "in": "path",
          "required": true,
          "schema": {
            "type": "string"
          }
        },
        {
          "name": "taskId",
          "in": "query",
          "required": true,
          "schema": {
            "type": "string"
          }
        },
        {
          "$ref": "#/components/parameters/mapIndex"
        }
      ],
      "get": {
        "operationId": "getReport",
        "description": "The bytes, with a Content-Security-Policy that lets nothing run or load.",
        "responses": {
          "200": {
            "description": "The report in its own content type",
            "content": {
              "*/*": {
                "schema": {
                  "type": "string",
                  "format": "binary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/attempts/{attemptId}/log": {
      "parameters": [
        {
          "$ref": "#/components/parameters/attemptId"
        },
        {
          "name": "offset",
          "in": "query",
          "description": "Byte offset; negative counts from the end",
          "schema": {
            "type": "integer",
            "format": "int64",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "default": 0
          }
        },
        {
          "name": "limit",
          "in": "query",
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1048576,
            "default": 262144
          }
        }
      ],
      "get": {
        "operationId": "readLog",
        "responses": {
          "200": {
            "description": "Text of whole UTF-8 characters; bytes that are none become U+FFFD",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/LogPage"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/attempts/{attemptId}/log/raw": {
      "parameters": [
        {
          "$ref": "#/components/parameters/attemptId"
        },
        {
          "name": "offset",
          "in": "query",
          "schema": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "maximum": 9007199254740991,
            "default": 0
          }
        }
      ],
      "get": {
        "operationId": "downloadLog",
        "responses": {
          "200": {
            "description": "The bytes as stored; header maestro-log-end is true when no more will come",
            "content": {
              "application/octet-stream": {
                "schema": {
                  "type": "string",
                  "format": "binary"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/connections": {
      "get": {
        "operationId": "listConnections",
        "responses": {
          "200": {
            "description": "By id, secrets never",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Connection"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "post": {
        "operationId": "createConnection",
        "description": "Fails with 409 when the id exists.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ConnectionWrite"
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The connection",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Connection"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/connections/{connId}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/connId"
        }
      ],
      "get": {
        "operationId": "getConnection",
        "responses": {
          "200": {
            "description": "The connection",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Connection"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "put": {
        "operationId": "updateConnection",
        "description": "Replaces all but secrets; a secret that is absent stays, an empty one is removed.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ConnectionWrite"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The connection",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Connection"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "delete": {
        "operationId": "deleteConnection",
        "responses": {
          "204": {
            "description": "Gone"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/connections/{connId}/test": {
      "parameters": [
        {
          "$ref": "#/components/parameters/connId"
        }
      ],
      "post": {
        "operationId": "testConnection",
        "responses": {
          "200": {
            "description": "Resolve, connect, authenticate, answer, as far as it got",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ConnectionTest"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/variables": {
      "get": {
        "operationId": "listVariables",
        "responses": {
          "200": {
            "description": "By key",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Variable"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/variables/{key}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/key"
        }
      ],
      "get": {
        "operationId": "getVariable",
        "responses": {
          "200": {
            "description": "The variable",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Variable"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "put": {
        "operationId": "setVariable",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "value"
                ],
                "additionalProperties": false,
                "properties": {
                  "value": {
                    "type": "string",
                    "maxLength": 65536
                  },
                  "description": {
                    "type": "string",
                    "maxLength": 5000
                  },
                  "secret": {
                    "type": "boolean",
                    "description": "Absent: stays what it is, not secret for a new one"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The variable",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Variable"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "delete": {
        "operationId": "deleteVariable",
        "responses": {
          "204": {
            "description": "Gone"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pools": {
      "get": {
        "operationId": "listPools",
        "responses": {
          "200": {
            "description": "By name",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "items"
                  ],
                  "properties": {
                    "items": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Pool"
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/pools/{pool}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/pool"
        }
      ],
      "put": {
        "operationId": "setPool",
        "description": "Makes or changes a pool. Tasks that have a slot keep it when there are fewer.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "slots"
                ],
                "additionalProperties": false,
                "properties": {
                  "slots": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 1000000,
                    "description": "With 0 no task of it starts"
                  },
                  "description": {
                    "type": "string",
                    "maxLength": 5000,
                    "description": "Absent: stays what it is; empty: none"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The pool",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Pool"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "delete": {
        "operationId": "deletePool",
        "description": "Refused while tasks name it; with force they wait until there is one of its name again.",
        "parameters": [
          {
            "name": "force",
            "in": "query",
            "description": "Also while tasks name it",
            "schema": {
              "type": "boolean",
              "default": false
            }
          }
        ],
        "responses": {
          "204": {
            "description": "Gone"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/status": {
      "get": {
        "operationId": "getStatus",
        "description": "Executors, schedulers and counts, for the banner and for people on call.",
        "responses": {
          "200": {
            "description": "State of the engine",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/EngineStatus"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    }
  },
  "components": {
    "parameters": {
      "name": {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 250
        }
      },
      "runId": {
        "name": "runId",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 100
        }
      },
      "backfillId": {
        "name": "backfillId",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 100
        }
      },
      "attemptId": {
        "name": "attemptId",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 100
        }
      },
      "connId": {
        "name": "connId",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"
        }
      },
      "key": {
        "name": "key",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"
        }
      },
      "pool": {
        "name": "pool",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"
        }
      },
      "mapIndex": {
        "name": "mapIndex",
        "in": "query",
        "schema": {
          "type": "integer",
          "minimum": -1,
          "maximum": 2147483647,
          "default": -1
        }
      },
      "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "nextCursor of the page before",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 200
        }
      }
    },
    "responses": {
      "Error": {
        "description": "What went wrong, where, and what to do next",
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "required": [
                "error"
              ],
              "properties": {
                "error": {
                  "type": "object",
                  "required": [
                    "name",
                    "message"
                  ],
                  "properties": {
                    "name": {
                      "type": "string"
                    },
                    "message": {
                      "type": "string"
                    }
                  }
                },
                "problems": {
                  "type": "array",
                  "items": {
                    "$ref": "#/components/schemas/Problem"
                  }
                }
              }
            }
          }
        }
      }
    },
    "schemas": {
      "BackfillRequest": {
        "type": "object",
        "required": [
          "from",
          "to"
        ],
        "additionalProperties": false,
        "properties": {
          "from": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "maximum": 9007199254740991,
            "description": "First logical date, epoch milliseconds: a due time, or the start of its data interval where the schedule has such"
          },
          "to": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "maximum": 9007199254740991,
            "description": "Last logical date; what is not due yet is not in it"
          },
          "schedule": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250,
            "description": "Needed only where the pipeline has several"
          },
          "params": {
            "type": "object",
            "additionalProperties": true
          },
          "maxActive": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "default": 2,
            "description": "Runs at once; they do not count for maxActiveRuns"
          },
          "order": {
            "type": "string",
            "enum": [
              "oldest",
              "newest"
            ],
            "default": "oldest"
          },
          "only": {
            "$ref": "#/components/schemas/BackfillOnly"
          }
        }
      },
      "BackfillOnly": {
        "type": "string",
        "enum": [
          "missing",
          "failed",
          "missing-or-failed",
          "all"
        ],
        "default": "missing"
      },
      "BackfillLeftOut": {
        "type": "string",
        "enum": [
          "in_flight",
          "succeeded",
          "failed",
          "deleted",
          "never_ran"
        ]
      },
      "BackfillPreview": {
        "type": "object",
        "required": [
          "schedule",
          "due",
          "toRun",
          "leftOut"
        ],
        "properties": {
          "schedule": {
            "type": "string"
          },
          "due": {
            "type": "array",
            "description": "Ascending; with a reason, one that is left out",
            "items": {
              "type": "object",
              "required": [
                "at"
              ],
              "properties": {
                "at": {
                  "type": "integer",
                  "format": "int64"
                },
                "reason": {
                  "$ref": "#/components/schemas/BackfillLeftOut"
                }
              }
            }
          },
          "toRun": {
            "type": "integer"
          },
          "leftOut": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "reason",
                "count"
              ],
              "properties": {
                "reason": {
                  "$ref": "#/components/schemas/BackfillLeftOut"
                },
                "count": {
                  "type": "integer"
                }
              }
            }
          }
        }
      },
      "BackfillCounts": {
        "description": "Due times by what became of them; deleted are runs whose history is gone.",
        "type": "object",
        "required": [
          "waiting",
          "queued",
          "running",
          "success",
          "failed",
          "leftOut",
          "cancelled",
          "deleted"
        ],
        "properties": {
          "waiting": {
            "type": "integer"
          },
          "queued": {
            "type": "integer"
          },
          "running": {
            "type": "integer"
          },
          "success": {
            "type": "integer"
          },
          "failed": {
            "type": "integer"
          },
          "leftOut": {
            "type": "integer"
          },
          "cancelled": {
            "type": "integer"
          },
          "deleted": {
            "type": "integer"
          }
        }
      },
      "Backfill": {
        "type": "object",
        "required": [
          "backfillId",
          "pipeline",
          "entityRef",
          "schedule",
          "from",
          "to",
          "only",
          "order",
          "maxActive",
          "params",
          "state",
          "total",
          "counts",
          "createdAt",
          "createdBy"
        ],
        "properties": {
          "backfillId": {
            "type": "string"
          },
          "pipeline": {
            "type": "string"
          },
          "entityRef": {
            "type": "string"
          },
          "schedule": {
            "type": "string"
          },
          "from": {
            "type": "integer",
            "format": "int64",
            "description": "First logical date that was asked for; of a backfill from before schema 16 the first due time"
          },
          "to": {
            "type": "integer",
            "format": "int64",
            "description": "Last logical date that was asked for; of a backfill from before schema 16 the last instant of due times"
          },
          "only": {
            "$ref": "#/components/schemas/BackfillOnly"
          },
          "order": {
            "type": "string",
            "enum": [
              "oldest",
              "newest"
            ]
          },
          "maxActive": {
            "type": "integer"
          },
          "params": {
            "type": "object",
            "additionalProperties": true
          },
          "state": {
            "type": "string",
            "enum": [
              "running",
              "paused",
              "cancelled",
              "done"
            ],
            "description": "One that is cancelled is over once endedAt is there"
          },
          "stateReason": {
            "type": "string"
          },
          "total": {
            "type": "integer",
            "description": "Due times in its range"
          },
          "counts": {
            "$ref": "#/components/schemas/BackfillCounts"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          },
          "createdBy": {
            "type": "string"
          },
          "changedBy": {
            "type": "string",
            "description": "Who paused, unpaused or cancelled it"
          },
          "endedAt": {
            "type": "integer",
            "format": "int64"
          },
          "etaAt": {
            "type": "integer",
            "format": "int64",
            "description": "When it will be through if runs take as long as usual"
          }
        }
      },
      "BackfillDetail": {
        "allOf": [
          {
            "$ref": "#/components/schemas/Backfill"
          },
          {
            "type": "object",
            "required": [
              "members",
              "isCut"
            ],
            "properties": {
              "isCut": {
                "type": "boolean",
                "description": "There are more than are listed"
              },
              "members": {
                "type": "array",
                "description": "By due time, at most 2000",
                "items": {
                  "type": "object",
                  "required": [
                    "dueAt",
                    "outcome"
                  ],
                  "properties": {
                    "dueAt": {
                      "type": "integer",
                      "format": "int64"
                    },
                    "outcome": {
                      "type": "string",
                      "enum": [
                        "waiting",
                        "queued",
                        "running",
                        "success",
                        "failed",
                        "left_out",
                        "cancelled",
                        "deleted"
                      ]
                    },
                    "reason": {
                      "type": "string"
                    },
                    "runId": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        ]
      },
      "SchedulePreview": {
        "type": "object",
        "required": [
          "from",
          "until",
          "stepMs",
          "isCut",
          "pipelines",
          "collisions",
          "peaks",
          "load",
          "paused"
        ],
        "properties": {
          "from": {
            "type": "integer",
            "format": "int64"
          },
          "until": {
            "type": "integer",
            "format": "int64",
            "description": "How far it looks; less than asked for where isCut"
          },
          "isCut": {
            "type": "boolean"
          },
          "stepMs": {
            "type": "integer",
            "format": "int64",
            "description": "Length of a step of starts and load"
          },
          "pipelines": {
            "type": "array",
            "description": "Those with a schedule that is not paused, by name",
            "items": {
              "type": "object",
              "required": [
                "name",
                "runs",
                "next",
                "starts"
              ],
              "properties": {
                "name": {
                  "type": "string"
                },
                "runs": {
                  "type": "integer"
                },
                "next": {
                  "type": "array",
                  "description": "The first due times",
                  "items": {
                    "type": "integer",
                    "format": "int64"
                  }
                },
                "starts": {
                  "type": "array",
                  "description": "How many are due in each step that has any",
                  "items": {
                    "$ref": "#/components/schemas/PreviewStep"
                  }
                },
                "expectedMs": {
                  "type": "integer",
                  "format": "int64",
                  "description": "Usual duration; absent before the first success"
                },
                "waiting": {
                  "type": "object",
                  "description": "Runs that have to wait for maxActiveRuns",
                  "required": [
                    "runs",
                    "longestMs",
                    "firstAt"
                  ],
                  "properties": {
                    "runs": {
                      "type": "integer"
                    },
                    "longestMs": {
                      "type": "integer",
                      "format": "int64"
                    },
                    "firstAt": {
                      "type": "integer",
                      "format": "int64"
                    }
                  }
                }
              }
            }
          },
          "collisions": {
            "type": "array",
            "description": "By their first instant",
            "items": {
              "type": "object",
              "required": [
                "kind",
                "pipelines",
                "times",
                "at",
                "wanted"
              ],
              "properties": {
                "kind": {
                  "type": "string",
                  "enum": [
                    "same_instant",
                    "max_active_runs",
                    "max_active_tasks",
                    "pool"
                  ]
                },
                "pipelines": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                },
                "pool": {
                  "type": "string"
                },
                "times": {
                  "type": "integer"
                },
                "at": {
                  "type": "array",
                  "description": "The first instants",
                  "items": {
                    "type": "integer",
                    "format": "int64"
                  }
                },
                "wanted": {
                  "type": "integer"
                },
                "limit": {
                  "type": "integer"
                }
              }
            }
          },
          "peaks": {
            "type": "array",
            "description": "When most runs go on at once, highest first",
            "items": {
              "type": "object",
              "required": [
                "at",
                "runs",
                "pipelines"
              ],
              "properties": {
                "at": {
                  "type": "integer",
                  "format": "int64"
                },
                "runs": {
                  "type": "integer"
                },
                "pipelines": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                }
              }
            }
          },
          "load": {
            "type": "array",
            "description": "Most runs at once in each step that has any",
            "items": {
              "$ref": "#/components/schemas/PreviewStep"
            }
          },
          "paused": {
            "type": "array",
            "description": "Pipelines whose schedules are paused; not forecast",
            "items": {
              "type": "string"
            }
          },
          "onAssets": {
            "type": "array",
            "description": "Pipelines that asset events start too; nobody knows when",
            "items": {
              "$ref": "#/components/schemas/UnforeseenSchedule"
            }
          },
          "continuous": {
            "type": "array",
            "description": "Pipelines whose runs follow each other; not forecast",
            "items": {
              "$ref": "#/components/schemas/UnforeseenSchedule"
            }
          }
        }
      },
      "UnforeseenSchedule": {
        "type": "object",
        "required": [
          "name",
          "scheduleText"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "scheduleText": {
            "type": "string"
          }
        }
      },
      "PreviewStep": {
        "type": "object",
        "required": [
          "at",
          "runs"
        ],
        "properties": {
          "at": {
            "type": "integer",
            "format": "int64"
          },
          "runs": {
            "type": "integer"
          }
        }
      },
      "TouchedTask": {
        "type": "object",
        "required": [
          "taskId",
          "mapIndex",
          "state"
        ],
        "properties": {
          "taskId": {
            "type": "string"
          },
          "mapIndex": {
            "type": "integer"
          },
          "state": {
            "$ref": "#/components/schemas/TaskState"
          }
        }
      },
      "MarkRequest": {
        "type": "object",
        "required": [
          "taskIds",
          "state"
        ],
        "additionalProperties": false,
        "properties": {
          "taskIds": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10000,
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 250
            }
          },
          "mapIndices": {
            "$ref": "#/components/schemas/MapIndices"
          },
          "state": {
            "type": "string",
            "enum": [
              "success",
              "failed",
              "skipped"
            ]
          },
          "dryRun": {
            "type": "boolean",
            "default": false
          }
        }
      },
      "MarkResult": {
        "type": "object",
        "required": [
          "dryRun",
          "marked",
          "reset"
        ],
        "properties": {
          "dryRun": {
            "type": "boolean"
          },
          "marked": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/TouchedTask"
            }
          },
          "reset": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/TouchedTask"
            }
          }
        }
      },
      "StepCacheEntry": {
        "type": "object",
        "required": [
          "key",
          "taskId",
          "runId",
          "attemptId",
          "durationMs",
          "createdAt",
          "expiresAt",
          "usedAt",
          "hits"
        ],
        "properties": {
          "key": {
            "type": "string"
          },
          "taskId": {
            "type": "string"
          },
          "runId": {
            "type": "string",
            "description": "Run that made it; it may be gone"
          },
          "attemptId": {
            "type": "string"
          },
          "durationMs": {
            "type": "integer",
            "format": "int64"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          },
          "expiresAt": {
            "type": "integer",
            "format": "int64"
          },
          "usedAt": {
            "type": "integer",
            "format": "int64"
          },
          "hits": {
            "type": "integer",
            "description": "How often it was reused"
          }
        }
      },
      "HistoryExtent": {
        "type": "object",
        "required": [
          "runs",
          "logBytes",
          "reports"
        ],
        "properties": {
          "runs": {
            "type": "integer"
          },
          "logBytes": {
            "type": "integer",
            "format": "int64",
            "description": "Of their logs, before compression"
          },
          "reports": {
            "type": "integer"
          }
        }
      },
      "TaskState": {
        "type": "string",
        "enum": [
          "none",
          "scheduled",
          "queued",
          "running",
          "success",
          "failed",
          "up_for_retry",
          "up_for_reschedule",
          "deferred",
          "skipped",
          "upstream_failed",
          "removed"
        ]
      },
      "RunState": {
        "type": "string",
        "enum": [
          "queued",
          "running",
          "success",
          "failed"
        ]
      },
      "RunTrigger": {
        "type": "string",
        "enum": [
          "scheduled",
          "manual",
          "backfill",
          "asset",
          "api"
        ]
      },
      "SlaState": {
        "type": "string",
        "enum": [
          "none",
          "pending",
          "at_risk",
          "met",
          "missed"
        ]
      },
      "Severity": {
        "type": "string",
        "enum": [
          "info",
          "warning",
          "critical"
        ]
      },
      "RunDot": {
        "description": "One of the last runs in a list row.",
        "type": "object",
        "required": [
          "runId",
          "state",
          "runAfter",
          "trigger"
        ],
        "properties": {
          "runId": {
            "type": "string"
          },
          "state": {
            "$ref": "#/components/schemas/RunState"
          },
          "stateReason": {
            "type": "string"
          },
          "trigger": {
            "$ref": "#/components/schemas/RunTrigger"
          },
          "runAfter": {
            "type": "integer",
            "format": "int64"
          },
          "durationMs": {
            "type": "integer",
            "format": "int64"
          },
          "alertSeverity": {
            "$ref": "#/components/schemas/Severity"
          },
          "slaState": {
            "$ref": "#/components/schemas/SlaState"
          }
        }
      },
      "PipelineSummary": {
        "type": "object",
        "required": [
          "name",
          "entityRef",
          "ownerRef",
          "type",
          "tags",
          "paused",
          "removed",
          "lastRuns",
          "slaState",
          "taskCount",
          "activeRuns"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "entityRef": {
            "type": "string"
          },
          "ownerRef": {
            "type": "string"
          },
          "type": {
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "description": {
            "type": "string"
          },
          "tags": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "paused": {
            "type": "boolean"
          },
          "pausedAt": {
            "type": "integer",
            "format": "int64"
          },
          "pausedBy": {
            "type": "string"
          },
          "removed": {
            "type": "boolean"
          },
          "scheduleText": {
            "type": "string",
            "description": "The schedules in words"
          },
          "timezone": {
            "type": "string"
          },
          "nextDueAt": {
            "type": "integer",
            "format": "int64"
          },
          "versionNumber": {
            "type": "integer"
          },
          "taskCount": {
            "type": "integer"
          },
          "activeRuns": {
            "type": "integer"
          },
          "approvals": {
            "type": "integer",
            "description": "Questions that wait for a person"
          },
          "slaMs": {
            "type": "integer",
            "format": "int64",
            "description": "Deadline of runs by schedule (from the due time) and by assets; absent where the pipeline has no schedule, since other runs have none"
          },
          "slaState": {
            "$ref": "#/components/schemas/SlaState"
          },
          "slaDeadline": {
            "type": "integer",
            "format": "int64",
            "description": "Of the run that slaState is about"
          },
          "lastDurationMs": {
            "type": "integer",
            "format": "int64"
          },
          "lastRuns": {
            "type": "array",
            "maxItems": 14,
            "items": {
              "$ref": "#/components/schemas/RunDot"
            }
          },
          "problem": {
            "type": "string",
            "description": "First problem when the entity is invalid now, with line and path"
          }
        }
      },
      "PipelineDetail": {
        "allOf": [
          {
            "$ref": "#/components/schemas/PipelineSummary"
          },
          {
            "type": "object",
            "required": [
              "definition"
            ],
            "properties": {
              "definition": {
                "type": "object",
                "additionalProperties": true,
                "description": "PipelineDefinition"
              },
              "location": {
                "type": "string"
              },
              "problems": {
                "type": "array",
                "items": {
                  "$ref": "#/components/schemas/Problem"
                },
                "description": "What is wrong with the entity now; the last good version runs on"
              },
              "sourceRef": {
                "type": "string"
              },
              "versionCreatedAt": {
                "type": "integer",
                "format": "int64"
              },
              "nextDueTimes": {
                "type": "array",
                "items": {
                  "type": "integer",
                  "format": "int64"
                }
              }
            }
          }
        ]
      },
      "PipelineVersion": {
        "type": "object",
        "required": [
          "number",
          "hash",
          "createdAt",
          "definition",
          "files"
        ],
        "properties": {
          "number": {
            "type": "integer"
          },
          "hash": {
            "type": "string"
          },
          "sourceRef": {
            "type": "string"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          },
          "definition": {
            "type": "object",
            "additionalProperties": true
          },
          "files": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "path",
                "size"
              ],
              "properties": {
                "path": {
                  "type": "string"
                },
                "size": {
                  "type": "integer"
                },
                "content": {
                  "type": "string",
                  "description": "Absent when it is no text or over 1 MiB"
                }
              }
            }
          }
        }
      },
      "Problem": {
        "type": "object",
        "required": [
          "path",
          "message"
        ],
        "properties": {
          "file": {
            "type": "string",
            "description": "Source file, when it is not the request"
          },
          "path": {
            "type": "string"
          },
          "message": {
            "type": "string"
          },
          "expected": {
            "type": "string"
          },
          "line": {
            "type": "integer"
          },
          "column": {
            "type": "integer"
          },
          "traceback": {
            "type": "string",
            "description": "Python’s own words, where a DAG file failed"
          }
        }
      },
      "SourcedPipelineEntry": {
        "type": "object",
        "required": [
          "name",
          "ownerRef",
          "type",
          "tags",
          "location"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "ownerRef": {
            "type": "string"
          },
          "type": {
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "description": {
            "type": "string"
          },
          "tags": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "location": {
            "type": "string",
            "description": "Such as airflow:ml/train.py"
          }
        }
      },
      "PipelineProblems": {
        "type": "object",
        "required": [
          "name",
          "entityRef",
          "since",
          "problems"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "entityRef": {
            "type": "string"
          },
          "location": {
            "type": "string"
          },
          "since": {
            "type": "integer",
            "format": "int64"
          },
          "problems": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Problem"
            }
          },
          "lastGoodVersion": {
            "type": "integer"
          }
        }
      },
      "TriggerRequest": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "params": {
            "type": "object",
            "additionalProperties": true
          },
          "runKey": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250
          },
          "logicalDate": {
            "type": "integer",
            "format": "int64",
            "minimum": -8640000000000000,
            "maximum": 8640000000000000
          },
          "partitionKey": {
            "type": "string",
            "minLength": 1,
            "maxLength": 250,
            "description": "Of the partition that the run is about. Refused where the pipeline is not partitioned, or has no such key."
          },
          "note": {
            "type": "string",
            "maxLength": 10000
          },
          "noCache": {
            "type": "boolean",
            "description": "Gives no task the result of an earlier run"
          },
          "sla": {
            "type": "boolean",
            "description": "Holds the run to the SLA of its pipeline, from its creation. Refused where the pipeline has none."
          }
        }
      },
      "RunSummary": {
        "type": "object",
        "required": [
          "runId",
          "pipeline",
          "runKey",
          "trigger",
          "state",
          "runAfter",
          "createdAt",
          "versionNumber",
          "slaState",
          "alertCount",
          "clearCount",
          "revision"
        ],
        "properties": {
          "runId": {
            "type": "string"
          },
          "pipeline": {
            "type": "string"
          },
          "entityRef": {
            "type": "string"
          },
          "runKey": {
            "type": "string"
          },
          "trigger": {
            "$ref": "#/components/schemas/RunTrigger"
          },
          "state": {
            "$ref": "#/components/schemas/RunState"
          },
          "stateReason": {
            "type": "string"
          },
          "logicalDate": {
            "type": "integer",
            "format": "int64"
          },
          "dataIntervalStart": {
            "type": "integer",
            "format": "int64"
          },
          "dataIntervalEnd": {
            "type": "integer",
            "format": "int64"
          },
          "partitionKey": {
            "type": "string",
            "description": "Of the partition that it is about"
          },
          "partitionDate": {
            "type": "integer",
            "format": "int64",
            "description": "When the partition begins, where its key says so"
          },
          "runAfter": {
            "type": "integer",
            "format": "int64"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          },
          "startedAt": {
            "type": "integer",
            "format": "int64"
          },
          "endedAt": {
            "type": "integer",
            "format": "int64"
          },
          "createdBy": {
            "type": "string"
          },
          "note": {
            "type": "string"
          },
          "versionNumber": {
            "type": "integer"
          },
          "clearCount": {
            "type": "integer"
          },
          "revision": {
            "type": "integer",
            "format": "int64"
          },
          "slaState": {
            "$ref": "#/components/schemas/SlaState"
          },
          "slaDeadline": {
            "type": "integer",
            "format": "int64"
          },
          "alertCount": {
            "type": "integer"
          },
          "alertSeverity": {
            "$ref": "#/components/schemas/Severity"
          },
          "cancelRequestedAt": {
            "type": "integer",
            "format": "int64"
          },
          "cancelForcedAt": {
            "type": "integer",
            "format": "int64",
            "description": "When what cleans up was ended too"
          }
        }
      },
      "TaskInstance": {
        "type": "object",
        "required": [
          "taskNo",
          "taskId",
          "mapIndex",
          "state",
          "tryNumber",
          "maxTries",
          "attempts"
        ],
        "properties": {
          "taskNo": {
            "type": "integer"
          },
          "taskId": {
            "type": "string"
          },
          "mapIndex": {
            "type": "integer"
          },
          "state": {
            "$ref": "#/components/schemas/TaskState"
          },
          "reason": {
            "type": "string"
          },
          "tryNumber": {
            "type": "integer"
          },
          "maxTries": {
            "type": "integer"
          },
          "attempts": {
            "type": "integer",
            "description": "How many there were"
          },
          "latestAttemptId": {
            "type": "string"
          },
          "executor": {
            "type": "string"
          },
          "readyAt": {
            "type": "integer",
            "format": "int64"
          },
          "queuedAt": {
            "type": "integer",
            "format": "int64"
          },
          "startedAt": {
            "type": "integer",
            "format": "int64"
          },
          "endedAt": {
            "type": "integer",
            "format": "int64"
          },
          "nextTryAt": {
            "type": "integer",
            "format": "int64"
          },
          "cacheHit": {
            "type": "object",
            "description": "The result of an earlier run that it was given",
            "required": [
              "runId",
              "attemptId",
              "savedMs"
            ],
            "properties": {
              "runId": {
                "type": "string",
                "description": "It may be gone"
              },
              "attemptId": {
                "type": "string"
              },
              "savedMs": {
                "type": "integer",
                "format": "int64",
                "description": "How long that attempt took"
              }
            }
          },
          "slaState": {
            "$ref": "#/components/schemas/SlaState"
          },
          "mapped": {
            "description": "Of a mapped task, how many instances are in which state; they are listed by listMapped",
            "allOf": [
              {
                "$ref": "#/components/schemas/StateCounts"
              }
            ]
          },
          "item": {
            "description": "Of an instance of a mapped task; absent when large"
          },
          "itemSize": {
            "type": "integer",
            "description": "Characters of the item as JSON"
          },
          "label": {
            "type": "string",
            "description": "What an instance of a mapped task calls itself"
          },
          "wait": {
            "$ref": "#/components/schemas/Wait"
          },
          "asking": {
            "type": "object",
            "description": "Instances of a mapped task that wait for a decision; listApprovals has their questions",
            "required": [
              "count",
              "first"
            ],
            "properties": {
              "count": {
                "type": "integer"
              },
              "first": {
                "type": "integer",
                "description": "Map index of the first one"
              }
            }
          }
        }
      },
      "StateCounts": {
        "type": "object",
        "description": "By state; one that none is in is absent",
        "additionalProperties": {
          "type": "integer"
        }
      },
      "MappedInstances": {
        "type": "object",
        "required": [
          "items",
          "counts"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/TaskInstance"
            }
          },
          "counts": {
            "$ref": "#/components/schemas/StateCounts"
          },
          "next": {
            "type": "integer",
            "description": "after of the next page"
          }
        }
      },
      "Wait": {
        "type": "object",
        "description": "What a deferred task waits for",
        "required": [
          "kind",
          "what",
          "since",
          "looks"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "time",
              "http",
              "object",
              "run",
              "asset",
              "call",
              "approval",
              "pipeline",
              "trigger"
            ]
          },
          "what": {
            "type": "string"
          },
          "since": {
            "type": "integer",
            "format": "int64"
          },
          "looks": {
            "type": "integer",
            "description": "How often was looked"
          },
          "lookedAt": {
            "type": "integer",
            "format": "int64"
          },
          "answer": {
            "type": "string",
            "description": "What the last look found"
          },
          "nextLookAt": {
            "type": "integer",
            "format": "int64"
          },
          "timeoutAt": {
            "type": "integer",
            "format": "int64",
            "description": "When it gives up"
          },
          "runId": {
            "type": "string",
            "description": "The run that it started"
          },
          "asset": {
            "type": "string",
            "description": "The asset that it waits for"
          },
          "approval": {
            "$ref": "#/components/schemas/ApprovalQuestion"
          }
        }
      },
      "ApprovalQuestion": {
        "type": "object",
        "required": [
          "message",
          "approvers"
        ],
        "properties": {
          "message": {
            "type": "string"
          },
          "answer": {
            "type": "boolean",
            "description": "It wants an answer and cannot be rejected"
          },
          "input": {
            "type": "object",
            "additionalProperties": true,
            "description": "JSON Schema of what the decider fills in"
          },
          "approvers": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Empty means everybody with the permission"
          }
        }
      },
      "Approval": {
        "allOf": [
          {
            "$ref": "#/components/schemas/ApprovalQuestion"
          },
          {
            "type": "object",
            "required": [
              "runId",
              "runKey",
              "pipeline",
              "taskId",
              "mapIndex",
              "since"
            ],
            "properties": {
              "runId": {
                "type": "string"
              },
              "runKey": {
                "type": "string"
              },
              "pipeline": {
                "type": "string"
              },
              "taskId": {
                "type": "string"
              },
              "mapIndex": {
                "type": "integer"
              },
              "since": {
                "type": "integer",
                "format": "int64"
              },
              "timeoutAt": {
                "type": "integer",
                "format": "int64"
              }
            }
          }
        ]
      },
      "ApprovalDecision": {
        "type": "object",
        "required": [
          "decision"
        ],
        "additionalProperties": false,
        "properties": {
          "decision": {
            "type": "string",
            "enum": [
              "approve",
              "reject"
            ]
          },
          "input": {
            "type": "object",
            "additionalProperties": true
          },
          "mapIndex": {
            "type": "integer",
            "minimum": 0,
            "description": "Of a mapped task, which of its instances asks"
          },
          "since": {
            "type": "integer",
            "format": "int64",
            "description": "`since` of the question that is decided, as listed. A task that was cleared meanwhile asks anew, which is refused with 409"
          }
        }
      },
      "RunLink": {
        "type": "object",
        "required": [
          "runId",
          "pipeline",
          "taskId",
          "state"
        ],
        "properties": {
          "runId": {
            "type": "string"
          },
          "pipeline": {
            "type": "string"
          },
          "taskId": {
            "type": "string",
            "description": "The task that started the other run"
          },
          "state": {
            "$ref": "#/components/schemas/RunState"
          }
        }
      },
      "Alert": {
        "type": "object",
        "required": [
          "at",
          "kind",
          "severity",
          "message"
        ],
        "properties": {
          "at": {
            "type": "integer",
            "format": "int64"
          },
          "taskId": {
            "type": "string"
          },
          "mapIndex": {
            "type": "integer"
          },
          "attemptId": {
            "type": "string"
          },
          "kind": {
            "type": "string"
          },
          "severity": {
            "$ref": "#/components/schemas/Severity"
          },
          "message": {
            "type": "string"
          },
          "values": {
            "type": "object",
            "additionalProperties": true
          }
        }
      },
      "Report": {
        "type": "object",
        "required": [
          "taskId",
          "mapIndex",
          "name",
          "contentType",
          "size",
          "createdAt"
        ],
        "properties": {
          "taskId": {
            "type": "string"
          },
          "mapIndex": {
            "type": "integer"
          },
          "name": {
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "contentType": {
            "type": "string"
          },
          "size": {
            "type": "integer"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          }
        }
      },
      "RunDetail": {
        "allOf": [
          {
            "$ref": "#/components/schemas/RunSummary"
          },
          {
            "type": "object",
            "required": [
              "params",
              "definition",
              "tasks",
              "alerts",
              "reports"
            ],
            "properties": {
              "params": {
                "type": "object",
                "additionalProperties": true
              },
              "noCache": {
                "type": "boolean",
                "description": "No task is given the result of an earlier run"
              },
              "definition": {
                "type": "object",
                "additionalProperties": true,
                "description": "PipelineDefinition that the run is pinned to"
              },
              "tasks": {
                "type": "array",
                "items": {
                  "$ref": "#/components/schemas/TaskInstance"
                }
              },
              "alerts": {
                "type": "array",
                "items": {
                  "$ref": "#/components/schemas/Alert"
                }
              },
              "reports": {
                "type": "array",
                "items": {
                  "$ref": "#/components/schemas/Report"
                }
              },
              "parent": {
                "$ref": "#/components/schemas/RunLink"
              },
              "subRuns": {
                "type": "array",
                "maxItems": 200,
                "items": {
                  "$ref": "#/components/schemas/RunLink"
                },
                "description": "Runs that its tasks started, newest first"
              },
              "startedBy": {
                "type": "array",
                "description": "Asset events that started it, newest first; at most 50",
                "items": {
                  "$ref": "#/components/schemas/AssetEvent"
                }
              },
              "assetEvents": {
                "type": "array",
                "description": "Asset events of its tasks with what became of them, newest first; at most 100",
                "items": {
                  "$ref": "#/components/schemas/AssetEvent"
                }
              }
            }
          }
        ]
      },
      "MapIndices": {
        "type": "array",
        "minItems": 1,
        "maxItems": 10000,
        "items": {
          "type": "integer",
          "minimum": 0,
          "maximum": 9999
        },
        "description": "Only these instances of the one mapped task in taskIds"
      },
      "ClearRequest": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "taskIds": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10000,
            "items": {
              "type": "string"
            },
            "description": "Without these and groups all tasks"
          },
          "groupIds": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
              "type": "string"
            },
            "description": "Groups with all their tasks"
          },
          "mapIndices": {
            "$ref": "#/components/schemas/MapIndices"
          },
          "downstream": {
            "type": "boolean",
            "default": true
          },
          "upstream": {
            "type": "boolean",
            "default": false
          },
          "onlyFailed": {
            "type": "boolean",
            "default": false
          },
          "fromFailed": {
            "type": "boolean",
            "default": false,
            "description": "What failed or could not run and all below that; the choices above say nothing then"
          },
          "future": {
            "type": "boolean",
            "default": false,
            "description": "Also in runs of later logical dates, each a transaction of its own"
          },
          "past": {
            "type": "boolean",
            "default": false,
            "description": "Also in runs of earlier logical dates"
          },
          "dryRun": {
            "type": "boolean",
            "default": false
          }
        }
      },
      "ClearedRun": {
        "type": "object",
        "required": [
          "runId",
          "tasks"
        ],
        "properties": {
          "runId": {
            "type": "string"
          },
          "logicalDate": {
            "type": "integer",
            "format": "int64"
          },
          "tasks": {
            "type": "integer",
            "description": "Task instances; 0 with a reason"
          },
          "reason": {
            "type": "string"
          }
        }
      },
      "Webhook": {
        "type": "object",
        "required": [
          "id",
          "path",
          "hasSecret",
          "params"
        ],
        "properties": {
          "id": {
            "type": "string"
          },
          "path": {
            "type": "string",
            "description": "Below the address of this API, to be sent to by POST"
          },
          "hasSecret": {
            "type": "boolean"
          },
          "rotatedAt": {
            "type": "integer",
            "format": "int64"
          },
          "rotatedBy": {
            "type": "string"
          },
          "deliveredAt": {
            "type": "integer",
            "format": "int64",
            "description": "Last request with the right secret"
          },
          "params": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "WebhookSecret": {
        "type": "object",
        "required": [
          "id",
          "path",
          "secret"
        ],
        "properties": {
          "id": {
            "type": "string"
          },
          "path": {
            "type": "string"
          },
          "secret": {
            "type": "string"
          }
        }
      },
      "Asset": {
        "type": "object",
        "required": [
          "name",
          "producers",
          "consumers",
          "waiters"
        ],
        "properties": {
          "name": {
            "type": "string",
            "description": "An alias of assets, which tasks of Airflow give events through, begins with @"
          },
          "standsFor": {
            "type": "array",
            "description": "Of an alias: assets that had an event through it; at most 100",
            "items": {
              "type": "string"
            }
          },
          "producers": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "pipeline",
                "entityRef",
                "taskId"
              ],
              "properties": {
                "pipeline": {
                  "type": "string"
                },
                "entityRef": {
                  "type": "string"
                },
                "taskId": {
                  "type": "string"
                },
                "alert": {
                  "type": "string",
                  "description": "Kind of the alert; absent for a success"
                }
              }
            }
          },
          "consumers": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "pipeline",
                "entityRef",
                "scheduleId",
                "scheduleText",
                "paused"
              ],
              "properties": {
                "pipeline": {
                  "type": "string"
                },
                "entityRef": {
                  "type": "string"
                },
                "scheduleId": {
                  "type": "string"
                },
                "scheduleText": {
                  "type": "string"
                },
                "paused": {
                  "type": "boolean"
                },
                "missing": {
                  "type": "array",
                  "description": "Assets that it still waits for, where an event waits",
                  "items": {
                    "type": "string"
                  }
                },
                "waitingSince": {
                  "type": "integer",
                  "format": "int64"
                },
                "cooldownUntil": {
                  "type": "integer",
                  "format": "int64"
                }
              }
            }
          },
          "waiters": {
            "type": "array",
            "description": "Tasks that wait for it in their runs",
            "items": {
              "type": "object",
              "required": [
                "pipeline",
                "entityRef",
                "taskId"
              ],
              "properties": {
                "pipeline": {
                  "type": "string"
                },
                "entityRef": {
                  "type": "string"
                },
                "taskId": {
                  "type": "string"
                }
              }
            }
          },
          "lastEvent": {
            "$ref": "#/components/schemas/AssetEvent"
          }
        }
      },
      "AssetEvent": {
        "type": "object",
        "required": [
          "id",
          "asset",
          "at",
          "source",
          "outcomes"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "format": "int64"
          },
          "asset": {
            "type": "string"
          },
          "aliases": {
            "type": "array",
            "description": "Names of the aliases through which it came, without the @",
            "items": {
              "type": "string"
            }
          },
          "at": {
            "type": "integer",
            "format": "int64"
          },
          "source": {
            "type": "string",
            "enum": [
              "task",
              "alert",
              "manual"
            ]
          },
          "pipeline": {
            "type": "string"
          },
          "runId": {
            "type": "string",
            "description": "Absent by hand and for a deleted run"
          },
          "taskId": {
            "type": "string"
          },
          "attemptId": {
            "type": "string"
          },
          "actor": {
            "type": "string"
          },
          "extra": {
            "description": "Small JSON"
          },
          "partitionKey": {
            "type": "string",
            "description": "Of the partition that it is about"
          },
          "outcomes": {
            "type": "array",
            "description": "One for each schedule that awaited it and has decided",
            "items": {
              "type": "object",
              "required": [
                "pipeline",
                "entityRef",
                "scheduleId",
                "outcome",
                "decidedAt"
              ],
              "properties": {
                "pipeline": {
                  "type": "string"
                },
                "entityRef": {
                  "type": "string"
                },
                "scheduleId": {
                  "type": "string"
                },
                "outcome": {
                  "type": "string",
                  "enum": [
                    "run",
                    "waiting",
                    "skipped"
                  ]
                },
                "runId": {
                  "type": "string"
                },
                "reason": {
                  "type": "string"
                },
                "decidedAt": {
                  "type": "integer",
                  "format": "int64"
                }
              }
            }
          }
        }
      },
      "Why": {
        "type": "object",
        "required": [
          "chain"
        ],
        "properties": {
          "chain": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "code",
                "message",
                "names"
              ],
              "properties": {
                "code": {
                  "type": "string"
                },
                "message": {
                  "type": "string"
                },
                "since": {
                  "type": "integer",
                  "format": "int64"
                },
                "until": {
                  "type": "integer",
                  "format": "int64",
                  "description": "When it ends by itself"
                },
                "names": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                },
                "action": {
                  "type": "object",
                  "required": [
                    "label",
                    "kind"
                  ],
                  "properties": {
                    "label": {
                      "type": "string"
                    },
                    "kind": {
                      "type": "string"
                    },
                    "target": {
                      "type": "string"
                    },
                    "command": {
                      "type": "string",
                      "description": "The same in a terminal"
                    }
                  }
                }
              }
            }
          }
        }
      },
      "Attempt": {
        "type": "object",
        "required": [
          "attemptId",
          "seq",
          "tryNumber",
          "countsAsRetry",
          "state",
          "executor",
          "claimedAt",
          "logState",
          "logBytes"
        ],
        "properties": {
          "attemptId": {
            "type": "string"
          },
          "seq": {
            "type": "integer"
          },
          "tryNumber": {
            "type": "integer"
          },
          "resumeNo": {
            "type": "integer"
          },
          "countsAsRetry": {
            "type": "boolean"
          },
          "state": {
            "type": "string",
            "enum": [
              "claimed",
              "launched",
              "running",
              "ended"
            ]
          },
          "executor": {
            "type": "string"
          },
          "executorInstance": {
            "type": "string"
          },
          "claimedAt": {
            "type": "integer",
            "format": "int64"
          },
          "launchedAt": {
            "type": "integer",
            "format": "int64"
          },
          "startedAt": {
            "type": "integer",
            "format": "int64"
          },
          "endedAt": {
            "type": "integer",
            "format": "int64"
          },
          "cancelReason": {
            "type": "string"
          },
          "result": {
            "type": "string",
            "enum": [
              "success",
              "failed",
              "skipped"
            ]
          },
          "failure": {
            "type": "string"
          },
          "exitCode": {
            "type": "integer"
          },
          "signal": {
            "type": "string"
          },
          "message": {
            "type": "string"
          },
          "followUp": {
            "type": "object",
            "description": "What followed from its end",
            "required": [
              "action"
            ],
            "properties": {
              "action": {
                "type": "string",
                "enum": [
                  "retry",
                  "fail",
                  "skip",
                  "reschedule"
                ],
                "description": "With reschedule the same try goes on in another attempt"
              },
              "counted": {
                "type": "boolean",
                "description": "With retry, whether it ate one of the retries"
              },
              "nextTryAt": {
                "type": "integer",
                "format": "int64",
                "description": "With retry and reschedule, when the next one was to start"
              },
              "reason": {
                "type": "string",
                "description": "Why it is not repeated"
              },
              "deferral": {
                "$ref": "#/components/schemas/AttemptDeferral"
              }
            }
          },
          "object": {
            "type": "string"
          },
          "command": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "env": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          },
          "inputs": {
            "type": "object",
            "additionalProperties": true
          },
          "image": {
            "type": "string"
          },
          "imageDigest": {
            "type": "string"
          },
          "logState": {
            "type": "string",
            "enum": [
              "open",
              "sealed",
              "none",
              "removed"
            ],
            "description": "none wrote nothing; removed went by retention"
          },
          "logBytes": {
            "type": "integer",
            "format": "int64"
          },
          "logGap": {
            "type": "string"
          },
          "logCompleteness": {
            "$ref": "#/components/schemas/LogCompleteness"
          }
        }
      },
      "Output": {
        "type": "object",
        "required": [
          "taskId",
          "mapIndex",
          "key",
          "size",
          "createdAt"
        ],
        "properties": {
          "taskId": {
            "type": "string"
          },
          "mapIndex": {
            "type": "integer"
          },
          "key": {
            "type": "string"
          },
          "value": {
            "description": "Absent when larger than 64 KiB"
          },
          "size": {
            "type": "integer"
          },
          "createdAt": {
            "type": "integer",
            "format": "int64"
          },
          "attemptId": {
            "type": "string",
            "description": "Which attempt wrote it"
          },
          "tryNumber": {
            "type": "integer",
            "description": "The try of that attempt"
          }
        }
      },
      "RunEvent": {
        "type": "object",
        "required": [
          "seq",
          "at",
          "type",
          "body"
        ],
        "properties": {
          "seq": {
            "type": "integer"
          },
          "at": {
            "type": "integer",
            "format": "int64"
          },
          "type": {
            "type": "string"
          },
          "actor": {
            "type": "string"
          },
          "attemptId": {
            "type": "string"
          },
          "body": {
            "type": "object",
            "additionalProperties": true
          }
        }
      },
      "AttemptDeferral": {
        "type": "object",
        "description": "What it waited for without a process after its end, and what came of it",
        "required": [
          "method",
          "at"
        ],
        "properties": {
          "trigger": {
            "type": "string",
            "description": "Class of the trigger; absent where it asked people"
          },
          "method": {
            "type": "string",
            "description": "Of the operator; the next attempt goes on with it"
          },
          "at": {
            "type": "integer",
            "format": "int64",
            "description": "Since when it waits"
          },
          "timeoutAt": {
            "type": "integer",
            "format": "int64"
          },
          "endedAt": {
            "type": "integer",
            "format": "int64",
            "description": "Absent while it waits"
          },
          "end": {
            "type": "string",
            "enum": [
              "event",
              "trigger_failed",
              "trigger_ended",
              "timeout",
              "answer",
              "default",
              "left",
              "unreadable"
            ],
            "description": "What ended it. The trigger had an event, failed, or ended the task; its time was over; somebody answered, or nobody did and the default counts; the task was cleared, marked or cancelled; or its arguments cannot be read any more\n"
          },
          "detail": {
            "type": "string",
            "description": "The event as JSON, what the trigger raised, who answered, or why; secrets hidden, at most 1000 characters\n"
          }
        }
      },
      "StoredState": {
        "type": "object",
        "description": "A key in the state store of a task or an asset",
        "required": [
          "key",
          "value",
          "updatedAt"
        ],
        "properties": {
          "key": {
            "type": "string"
          },
          "value": {
            "description": "JSON"
          },
          "updatedAt": {
            "type": "integer",
            "format": "int64"
          },
          "updatedBy": {
            "type": "string",
            "description": "Of an asset the DAG and the task"
          },
          "expiresAt": {
            "type": "integer",
            "format": "int64"
          }
        }
      },
      "LogCompleteness": {
        "type": "string",
        "enum": [
          "complete",
          "gap",
          "unknown"
        ],
        "description": "Whether the stored log is all that the task wrote; unknown when nobody can tell. Absent while it grows and nothing is missing so far"
      },
      "LogPage": {
        "type": "object",
        "required": [
          "text",
          "offset",
          "nextOffset",
          "size",
          "end"
        ],
        "properties": {
          "text": {
            "type": "string"
          },
          "offset": {
            "type": "integer",
            "format": "int64"
          },
          "nextOffset": {
            "type": "integer",
            "format": "int64"
          },
          "size": {
            "type": "integer",
            "format": "int64",
            "description": "Bytes stored so far"
          },
          "end": {
            "type": "boolean",
            "description": "No more will come after nextOffset"
          },
          "gap": {
            "type": "string",
            "description": "Says what is missing and why"
          },
          "completeness": {
            "$ref": "#/components/schemas/LogCompleteness"
          }
        }
      },
      "Grid": {
        "type": "object",
        "required": [
          "tasks",
          "runs"
        ],
        "properties": {
          "tasks": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Task ids of the rows"
          },
          "groups": {
            "type": "array",
            "description": "Groups of the current version, an outer one before those in it",
            "items": {
              "type": "object",
              "required": [
                "id",
                "taskIds"
              ],
              "properties": {
                "id": {
                  "type": "string"
                },
                "title": {
                  "type": "string"
                },
                "parent": {
                  "type": "string"
                },
                "taskIds": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  },
                  "description": "All in it and those of groups in it too"
                }
              }
            }
          },
          "runs": {
            "type": "array",
            "description": "Newest first",
            "items": {
              "allOf": [
                {
                  "$ref": "#/components/schemas/RunDot"
                },
                {
                  "type": "object",
                  "required": [
                    "versionNumber",
                    "cells"
                  ],
                  "properties": {
                    "versionNumber": {
                      "type": "integer"
                    },
                    "logicalDate": {
                      "type": "integer",
                      "format": "int64"
                    },
                    "partitionKey": {
                      "type": "string"
                    },
                    "startedAt": {
                      "type": "integer",
                      "format": "int64"
                    },
                    "cells": {
                      "type": "object",
                      "description": "By task id; a task that the version does not have is absent",
                      "additionalProperties": {
                        "type": "object",
                        "required": [
                          "state"
                        ],
                        "properties": {
                          "state": {
                            "$ref": "#/components/schemas/TaskState"
                          },
                          "durationMs": {
                            "type": "integer",
                            "format": "int64"
                          },
                          "tries": {
                            "type": "integer"
                          },
                          "reused": {
                            "type": "boolean",
                            "description": "It was given the result of an earlier run"
                          },
                          "counts": {
                            "$ref": "#/components/schemas/StateCounts"
                          },
                          "instances": {
                            "type": "integer",
                            "description": "How many there are when the task is mapped"
                          }
                        }
                      }
                    }
                  }
                }
              ]
            }
          },
          "nextCursor": {
            "type": "string"
          }
        }
      },
      "Connection": {
        "type": "object",
        "required": [
          "connId",
          "connType",
          "hasPassword",
          "extraKeys",
          "revision",
          "updatedAt",
          "updatedBy",
          "usedBy"
        ],
        "properties": {
          "connId": {
            "type": "string"
          },
          "connType": {
            "type": "string"
          },
          "host": {
            "type": "string"
          },
          "port": {
            "type": "integer"
          },
          "login": {
            "type": "string"
          },
          "schema": {
            "type": "string"
          },
          "hasPassword": {
            "type": "boolean"
          },
          "extraKeys": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Keys only; values may be secret"
          },
          "description": {
            "type": "string"
          },
          "revision": {
            "type": "integer"
          },
          "updatedAt": {
            "type": "integer",
            "format": "int64"
          },
          "updatedBy": {
            "type": "string"
          },
          "usedBy": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Names of pipelines"
          },
          "lastTest": {
            "$ref": "#/components/schemas/ConnectionTest"
          }
        }
      },
      "ConnectionWrite": {
        "type": "object",
        "required": [
          "connId",
          "connType"
        ],
        "additionalProperties": false,
        "properties": {
          "connId": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"
          },
          "connType": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100
          },
          "host": {
            "type": "string",
            "maxLength": 2000
          },
          "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
          },
          "login": {
            "type": "string",
            "maxLength": 2000
          },
          "password": {
            "type": "string",
            "maxLength": 20000
          },
          "schema": {
            "type": "string",
            "maxLength": 2000
          },
          "extra": {
            "type": "object",
            "additionalProperties": true
          },
          "description": {
            "type": "string",
            "maxLength": 5000
          }
        }
      },
      "ConnectionTest": {
        "type": "object",
        "required": [
          "at",
          "ok",
          "steps"
        ],
        "properties": {
          "at": {
            "type": "integer",
            "format": "int64"
          },
          "ok": {
            "type": "boolean"
          },
          "steps": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "step",
                "ok",
                "durationMs"
              ],
              "properties": {
                "step": {
                  "type": "string",
                  "enum": [
                    "resolve",
                    "connect",
                    "authenticate",
                    "answer"
                  ]
                },
                "ok": {
                  "type": "boolean"
                },
                "durationMs": {
                  "type": "number"
                },
                "message": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "Variable": {
        "type": "object",
        "required": [
          "key",
          "secret",
          "revision",
          "updatedAt",
          "updatedBy",
          "usedBy"
        ],
        "properties": {
          "key": {
            "type": "string"
          },
          "value": {
            "type": "string",
            "description": "Absent when secret"
          },
          "secret": {
            "type": "boolean"
          },
          "description": {
            "type": "string"
          },
          "revision": {
            "type": "integer"
          },
          "updatedAt": {
            "type": "integer",
            "format": "int64"
          },
          "updatedBy": {
            "type": "string"
          },
          "usedBy": {
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        }
      },
      "Pool": {
        "type": "object",
        "required": [
          "name",
          "slots",
          "used",
          "waiting",
          "updatedAt",
          "usedBy"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "slots": {
            "type": "integer"
          },
          "used": {
            "type": "integer",
            "description": "Tasks that have a slot now"
          },
          "waiting": {
            "type": "integer",
            "description": "Tasks that are ready and have none"
          },
          "description": {
            "type": "string"
          },
          "updatedAt": {
            "type": "integer",
            "format": "int64"
          },
          "usedBy": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Pipelines whose tasks name it"
          }
        }
      },
      "EngineStatus": {
        "type": "object",
        "required": [
          "now",
          "ok",
          "executors",
          "runs",
          "tasks"
        ],
        "properties": {
          "now": {
            "type": "integer",
            "format": "int64"
          },
          "ok": {
            "type": "boolean"
          },
          "message": {
            "type": "string"
          },
          "defaultExecutor": {
            "type": "string",
            "description": "Executor of tasks that name none"
          },
          "executors": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "name",
                "ok",
                "maxParallel",
                "live"
              ],
              "properties": {
                "name": {
                  "type": "string"
                },
                "ok": {
                  "type": "boolean"
                },
                "message": {
                  "type": "string"
                },
                "maxParallel": {
                  "type": "integer"
                },
                "live": {
                  "type": "integer"
                },
                "honoursResources": {
                  "type": "boolean"
                }
              }
            }
          },
          "schedulers": {
            "type": "array",
            "description": "Backend processes of the last day, the oldest first",
            "items": {
              "type": "object",
              "required": [
                "name",
                "host",
                "role",
                "version",
                "startedAt",
                "seenAt",
                "alive",
                "self",
                "executors"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "description": "New at each start"
                },
                "host": {
                  "type": "string"
                },
                "role": {
                  "type": "string",
                  "enum": [
                    "all",
                    "portal",
                    "scheduler"
                  ]
                },
                "version": {
                  "type": "string"
                },
                "startedAt": {
                  "type": "integer",
                  "format": "int64"
                },
                "seenAt": {
                  "type": "integer",
                  "format": "int64"
                },
                "alive": {
                  "type": "boolean",
                  "description": "Heard of a moment ago"
                },
                "self": {
                  "type": "boolean",
                  "description": "The one that answers"
                },
                "executors": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                },
                "message": {
                  "type": "string",
                  "description": "What it cannot launch on and why"
                }
              }
            }
          },
          "runs": {
            "type": "object",
            "required": [
              "queued",
              "running"
            ],
            "properties": {
              "queued": {
                "type": "integer"
              },
              "running": {
                "type": "integer"
              }
            }
          },
          "tasks": {
            "type": "object",
            "required": [
              "scheduled",
              "queued",
              "running"
            ],
            "properties": {
              "scheduled": {
                "type": "integer"
              },
              "queued": {
                "type": "integer"
              },
              "running": {
                "type": "integer"
              }
            }
          }
        }
      }
    }
  }
} as const;
