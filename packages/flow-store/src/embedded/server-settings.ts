/** With less than this free, nothing is written. */
export const KEPT_FREE_BYTES = 256 * 1024 * 1024;

/**
 * The engine's server configuration: small pools, since one machine with some dozens of clusters merges little, and a
 * cap on memory that leaves room for the rest of Isthmus. Backups are written to one folder alone. With little
 * room on its disk the engine refuses inserts and merges before it begins them, and however much it cannot read at its
 * start, it starts.
 */
export const serverSettings = (backupFolder: string): string => `<clickhouse>
  <backups>
    <allowed_path>${escaped(backupFolder)}/</allowed_path>
  </backups>
  <storage_configuration>
    <disks>
      <default>
        <keep_free_space_bytes>${KEPT_FREE_BYTES}</keep_free_space_bytes>
      </default>
    </disks>
  </storage_configuration>
  <max_server_memory_usage>1500000000</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <index_mark_cache_size>8388608</index_mark_cache_size>
  <mmap_cache_size>0</mmap_cache_size>
  <compiled_expression_cache_size>16777216</compiled_expression_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <background_common_pool_size>1</background_common_pool_size>
  <asynchronous_metrics_update_period_s>120</asynchronous_metrics_update_period_s>
  <asynchronous_heavy_metrics_update_period_s>3600</asynchronous_heavy_metrics_update_period_s>
  <merge_tree>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <old_parts_lifetime>30</old_parts_lifetime>
    <max_suspicious_broken_parts>1000000</max_suspicious_broken_parts>
    <max_suspicious_broken_parts_bytes>1000000000000</max_suspicious_broken_parts_bytes>
  </merge_tree>
</clickhouse>
`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
