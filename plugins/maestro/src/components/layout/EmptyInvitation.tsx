import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';

/**
 * What stands where nothing is yet: what this is, why it is empty, and the
 * button that fills it.
 */
export function EmptyInvitation(props: {
  title: string;
  children: React.ReactNode;
  action?: React.ReactNode;
}) {
  const { title, children, action } = props;
  return (
    <Paper variant="outlined" style={{ padding: 32, textAlign: 'center' }}>
      <Typography variant="h5" component="h2" gutterBottom>
        {title}
      </Typography>
      <Typography
        color="textSecondary"
        style={{ maxWidth: 560, margin: '0 auto 16px' }}
      >
        {children}
      </Typography>
      {action}
    </Paper>
  );
}
