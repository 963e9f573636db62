export interface Config {
  maestro?: {
    catalog?: {
      /**
       * Absolute folders of this machine; each folder directly below one of
       * them that holds a `catalog-info.yaml` is read into the catalog, within
       * seconds. `npm start` names `pipelines` of the checkout and of the data
       * directory. Default none.
       */
      folders?: string[];
    };
  };
}
