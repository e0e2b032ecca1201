namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>Floats as whole numbers in the same order, also what is not a number, so that a selection always ends.</summary>
internal static class FloatOrder
{
    public static int Key(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    public static float Value(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & int.MaxValue));

    /// <summary>The number-th largest key (1: the largest); reorders the keys. Hoare's selection.</summary>
    public static int Largest(Span<int> keys, int number)
    {
        var (left, right) = (0, keys.Length - 1);
        var wanted = number - 1;
        while (left < right)
        {
            var pivot = keys[left + (right - left) / 2];
            var (i, j) = (left, right);
            while (i <= j)
            {
                while (keys[i] > pivot)
                    i++;
                while (keys[j] < pivot)
                    j--;
                if (i <= j)
                {
                    (keys[i], keys[j]) = (keys[j], keys[i]);
                    i++;
                    j--;
                }
            }
            if (wanted <= j)
                right = j;
            else if (wanted >= i)
                left = i;
            else
                break;
        }
        return keys[wanted];
    }
}
