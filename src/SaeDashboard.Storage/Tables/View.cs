namespace SaeDashboard.Storage.Tables;

/// <summary>A list made from tables, kept until one of them changes: reading it again costs a comparison.</summary>
/// <param name="tables">The tables' owner.</param>
/// <param name="make">Makes the list; under the gate.</param>
/// <param name="sources">The tables it is made from.</param>
internal sealed class View<T>(TableSet tables, Func<T> make, params Table[] sources) where T : class
{
    private T? value;
    private long version;

    public T Value
    {
        get
        {
            lock (tables.Gate)
            {
                var now = 0L;
                foreach (var table in sources) now += table.Version;
                if (value is null || now != version) (value, version) = (make(), now);
                return value;
            }
        }
    }
}
