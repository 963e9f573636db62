import Accordion from '@material-ui/core/Accordion';
import AccordionDetails from '@material-ui/core/AccordionDetails';
import AccordionSummary from '@material-ui/core/AccordionSummary';
import { makeStyles } from '@material-ui/core/styles';
import { RiArrowDownSLine } from '@remixicon/react';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  summary: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 2),
    width: '100%',
  },
  details: { display: 'block' },
}));

/**
 * One of several things in a panel: what it is at a glance, everything about
 * it when opened.
 *
 * @public
 */
export function DetailSection(props: {
  summary: ReactNode;
  children: ReactNode;
  defaultExpanded: boolean;
}) {
  const classes = useStyles();
  return (
    <Accordion
      variant="outlined"
      defaultExpanded={props.defaultExpanded}
      TransitionProps={{ unmountOnExit: true }}
    >
      <AccordionSummary expandIcon={<RiArrowDownSLine aria-hidden />}>
        <div className={classes.summary}>{props.summary}</div>
      </AccordionSummary>
      <AccordionDetails className={classes.details}>
        {props.children}
      </AccordionDetails>
    </Accordion>
  );
}
