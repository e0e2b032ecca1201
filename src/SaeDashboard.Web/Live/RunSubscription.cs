using System.Threading.Channels;

namespace SaeDashboard.Web.Live;

/// <summary>
/// One listener's queue: bounded, the oldest is dropped when the listener is slow, which it notices by the line numbers. Events are
/// <see cref="RunSnapshot"/> (first), <see cref="PointsChange"/>, <see cref="HistogramsChange"/>, <see cref="LiveStatus"/> and
/// <see cref="LogChange"/>.
/// </summary>
internal sealed class RunSubscription(Action<RunSubscription> leave) : IDisposable
{
    private const int Capacity = 256;

    private readonly Channel<object> channel = Channel.CreateBounded<object>(new BoundedChannelOptions(Capacity)
    {
        FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = false,
    });

    public ChannelReader<object> Events => channel.Reader;

    public void Publish(object change) => channel.Writer.TryWrite(change);

    public void Dispose()
    {
        leave(this);
        channel.Writer.TryComplete();
    }
}
