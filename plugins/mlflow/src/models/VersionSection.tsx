import {
  headlineMetrics,
  MlflowModelVersion,
  mlflowLinks,
  MlflowRun,
} from '@maestro/plugin-mlflow-common';
import {
  DetailSection,
  FactGrid,
  FactTable,
  RelativeTime,
} from '@maestro/plugin-peer-react';
import Link from '@material-ui/core/Link';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import { ReactNode } from 'react';
import { metricText } from '../widgets/metricText';
import { useMlflowStatus } from '../widgets/MlflowFrame';
import { RunStatus } from '../widgets/RunStatus';
import { AliasChips } from './AliasChips';

const useStyles = makeStyles({
  space: { flexGrow: 1 },
  figures: { fontVariantNumeric: 'tabular-nums' },
});

/** One version: what it is at a glance, everything about it when opened. */
export function VersionSection(props: {
  modelName: string;
  version: MlflowModelVersion;
  defaultExpanded: boolean;
}) {
  const { version, modelName } = props;
  const classes = useStyles();
  const { accuracy, f1 } = headlineMetrics(version.run?.metrics ?? {});
  return (
    <DetailSection
      defaultExpanded={props.defaultExpanded}
      summary={
        <>
          <Typography variant="subtitle2" component="span">
            Version {version.version}
          </Typography>
          <AliasChips aliases={version.aliases.map(alias => ({ alias }))} />
          {version.status !== 'READY' && (
            <Typography variant="body2" component="span">
              {statusWords(version.status)}
            </Typography>
          )}
          <span className={classes.space} />
          <Typography
            variant="body2"
            component="span"
            className={classes.figures}
          >
            {[
              accuracy && `accuracy ${metricText(accuracy.value)}`,
              f1 && `F1 ${metricText(f1.value)}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </Typography>
          <Typography variant="body2" color="textSecondary" component="span">
            <RelativeTime at={version.createdAt} />
          </Typography>
        </>
      }
    >
      {version.description && (
        <Typography paragraph>{version.description}</Typography>
      )}
      <FactTable
        title="About"
        facts={aboutOf(version, <SourceRun {...{ version, modelName }} />)}
      />
      <FactGrid>
        <FactTable
          title="Metrics"
          numbers
          facts={Object.entries(version.run?.metrics ?? {}).map(
            ([name, value]) => [name, metricText(value)],
          )}
        />
        <FactTable
          title="Parameters"
          facts={Object.entries(version.run?.params ?? {})}
        />
        <FactTable title="Tags" facts={Object.entries(version.tags)} />
      </FactGrid>
    </DetailSection>
  );
}

function statusWords(status: string): string {
  return status.replace(/_/g, ' ').toLowerCase();
}

function aboutOf(
  version: MlflowModelVersion,
  run: ReactNode,
): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [['Made by', run]];
  if (version.statusMessage) {
    facts.push(['Status', version.statusMessage]);
  }
  if (version.source) {
    facts.push(['Files', version.source]);
  }
  return facts;
}

function SourceRun(props: { version: MlflowModelVersion; modelName: string }) {
  const { version, modelName } = props;
  const status = useMlflowStatus();
  const links = status?.uiUrl ? mlflowLinks(status.uiUrl) : undefined;
  if (!version.runId) {
    return <>no run: it was registered by hand</>;
  }
  if (!version.run) {
    return <>run {version.runId}, which MLflow does not show</>;
  }
  const { run } = version;
  return (
    <>
      <RunStatus status={run.status} />{' '}
      {links ? (
        <Link
          href={links.run(run.experimentId, run.id)}
          target="_blank"
          rel="noopener noreferrer"
        >
          {runName(run)} ↗
        </Link>
      ) : (
        runName(run)
      )}
      {run.deleted && ' (in the trash)'}
      {links && (
        <>
          {' · '}
          <Link
            href={links.modelVersion(modelName, version.version)}
            target="_blank"
            rel="noopener noreferrer"
          >
            this version in MLflow ↗
          </Link>
        </>
      )}
    </>
  );
}

function runName(run: MlflowRun): string {
  return run.name ?? run.id;
}
