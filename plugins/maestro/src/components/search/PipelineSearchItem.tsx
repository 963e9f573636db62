import ListItem from '@material-ui/core/ListItem';
import ListItemIcon from '@material-ui/core/ListItemIcon';
import ListItemText from '@material-ui/core/ListItemText';
import { Link } from '@backstage/core-components';
import type {
  ResultHighlight,
  SearchDocument,
} from '@backstage/plugin-search-common';
import { HighlightedSearchResultText } from '@backstage/plugin-search-react';

/** @internal */
export interface PipelineSearchItemProps {
  icon?: React.ReactNode;
  result?: SearchDocument;
  highlight?: ResultHighlight;
}

/** A pipeline among the results of the portal's search. */
export function PipelineSearchItem(props: PipelineSearchItemProps) {
  const { result, highlight, icon } = props;
  if (!result) {
    return null;
  }
  const text = (field: 'title' | 'text') =>
    highlight?.fields[field] ? (
      <HighlightedSearchResultText
        text={highlight.fields[field]}
        preTag={highlight.preTag}
        postTag={highlight.postTag}
      />
    ) : (
      result[field]
    );
  return (
    <ListItem alignItems="flex-start" divider>
      {icon && <ListItemIcon>{icon}</ListItemIcon>}
      <ListItemText
        primary={<Link to={result.location}>{text('title')}</Link>}
        secondary={text('text')}
        primaryTypographyProps={{ variant: 'h6' }}
        secondaryTypographyProps={{ noWrap: true }}
      />
    </ListItem>
  );
}
